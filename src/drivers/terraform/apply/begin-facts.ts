import { isJsonObject } from '../../../domain/json.ts';
import { readBeginNote, writeBeginNote } from '../../begin-note.ts';
import type { StateVersion } from './state-file.ts';

/** What was so directly before a tool began to change something: kept beside its output, for a successor. No secrets. */
export interface BeginFacts {
  kind: 'apply' | 'restore';
  /** The state that was there; null when there was none. */
  before: StateVersion | null;
  /** The state that a restore writes, with a keyed digest of its content. */
  target: (StateVersion & { digest: string }) | null;
}

/** Notes the facts; replaces those of an earlier run. */
export async function noteBegin(outputPath: string, facts: BeginFacts): Promise<void> {
  await writeBeginNote(outputPath, facts);
}

/** What was noted; undefined when nothing was, or not here. */
export async function readBegin(outputPath: string): Promise<BeginFacts | undefined> {
  const facts = await readBeginNote(outputPath);
  if (facts === undefined) return undefined;
  return {
    kind: facts['kind'] === 'restore' ? 'restore' : 'apply',
    before: version(facts['before']),
    target: target(facts['target']),
  };
}

function version(value: unknown): StateVersion | null {
  if (!isJsonObject(value)) return null;
  const { lineage, serial } = value;
  return typeof lineage === 'string' && typeof serial === 'number' ? { lineage, serial } : null;
}

function target(value: unknown): BeginFacts['target'] {
  const found = version(value);
  const digest = isJsonObject(value) ? value['digest'] : undefined;
  return found !== null && typeof digest === 'string' ? { ...found, digest } : null;
}
