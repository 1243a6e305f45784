import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isJsonObject } from '../../../domain/json.ts';
import { writeFileAtomic } from '../../../util/atomic-write.ts';
import type { StateVersion } from './state-file.ts';

/** What was so directly before a tool began to change something: kept beside its output, for a successor. No secrets. */
export interface BeginFacts {
  kind: 'apply' | 'restore';
  /** The state that was there; null when there was none. */
  before: StateVersion | null;
  /** The state that a restore writes, with a keyed digest of its content. */
  target: (StateVersion & { digest: string }) | null;
}

const pathOf = (outputPath: string) => `${outputPath}.begin.json`;

/** Notes the facts; replaces those of an earlier run. */
export async function noteBegin(outputPath: string, facts: BeginFacts): Promise<void> {
  await mkdir(dirname(outputPath), { recursive: true });
  await writeFileAtomic(pathOf(outputPath), JSON.stringify(facts));
}

/** What was noted; undefined when nothing was, or not here. */
export async function readBegin(outputPath: string): Promise<BeginFacts | undefined> {
  try {
    const facts: unknown = JSON.parse(await readFile(pathOf(outputPath), 'utf8'));
    if (!isJsonObject(facts)) return undefined;
    return {
      kind: facts['kind'] === 'restore' ? 'restore' : 'apply',
      before: version(facts['before']),
      target: target(facts['target']),
    };
  } catch {
    return undefined;
  }
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
