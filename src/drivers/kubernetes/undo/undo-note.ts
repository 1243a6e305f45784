import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { canonicalJson } from '../../../domain/canonical-json.ts';
import { valueAt } from '../../../domain/json-pointer.ts';
import { isJsonObject } from '../../../domain/json.ts';
import { textOf } from '../../../kube/fields.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { writeFileAtomic } from '../../../util/atomic-write.ts';
import type { FoundUndo } from './find-undo.ts';

/** What an undo was about to write: kept beside its output, for a successor. Hashes of templates only. */
export interface UndoNote {
  kind: string;
  namespace: string;
  name: string;
  revision: number;
  uid: string;
  /** Hash of the pod template before and after. */
  before: string;
  after: string;
}

const pathOf = (outputPath: string) => `${outputPath}.begin.json`;

/** Notes what is about to be written; replaces what stood there. */
export async function noteUndo(
  outputPath: string,
  { id: { kind, namespace, name }, revision, live, after }: FoundUndo,
): Promise<void> {
  const note: UndoNote = {
    kind,
    namespace,
    name,
    revision,
    uid: textOf(live.metadata, 'uid'),
    before: templateHash(live),
    after: templateHash(after),
  };
  await mkdir(dirname(outputPath), { recursive: true, mode: 0o700 });
  await writeFileAtomic(pathOf(outputPath), JSON.stringify({ undo: note }));
}

/** What was noted; undefined when nothing was, or not here. */
export async function readUndo(outputPath: string): Promise<UndoNote | undefined> {
  try {
    const note: unknown = JSON.parse(await readFile(pathOf(outputPath), 'utf8'));
    return isJsonObject(note) && isJsonObject(note['undo'])
      ? (note['undo'] as unknown as UndoNote)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Tells two pod templates apart without saying what is in them. */
export function templateHash(object: KubeObject): string {
  return createHash('sha256')
    .update(canonicalJson(valueAt(object, ['spec', 'template']) ?? null))
    .digest('hex');
}
