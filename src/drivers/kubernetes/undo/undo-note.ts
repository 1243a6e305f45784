import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../domain/canonical-json.ts';
import { valueAt } from '../../../domain/json-pointer.ts';
import { isJsonObject } from '../../../domain/json.ts';
import { textOf } from '../../../kube/fields.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { readBeginNote, writeBeginNote } from '../../begin-note.ts';
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
  await writeBeginNote(outputPath, { undo: note });
}

/** What was noted; undefined when nothing was, or not here. */
export async function readUndo(outputPath: string): Promise<UndoNote | undefined> {
  const undo = (await readBeginNote(outputPath))?.['undo'];
  return isJsonObject(undo) ? (undo as unknown as UndoNote) : undefined;
}

/** Tells two pod templates apart without saying what is in them. */
export function templateHash(object: KubeObject): string {
  return createHash('sha256')
    .update(canonicalJson(valueAt(object, ['spec', 'template']) ?? null))
    .digest('hex');
}
