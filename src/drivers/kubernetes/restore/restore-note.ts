import { isJsonObject } from '../../../domain/json.ts';
import type { ObjectId } from '../../../kube/object.ts';
import { readBeginNote, writeBeginNote } from '../../begin-note.ts';
import type { PlannedStack } from '../planned-stack.ts';

/** What a return to saved objects was about to do: kept beside its output, for a successor. Names only. */
export interface RestoreNote {
  written: readonly ObjectId[];
  deleted: readonly ObjectId[];
}

/** Notes what is about to be done; replaces what stood there. */
export async function noteRestore(
  outputPath: string,
  { objects, prunes }: Pick<PlannedStack, 'objects' | 'prunes'>,
): Promise<void> {
  const changed = (list: PlannedStack['objects'] | PlannedStack['prunes']) =>
    list.flatMap(({ id, change }) => (change === null || change.action === 'none' ? [] : [id]));
  const note: RestoreNote = { written: changed(objects), deleted: changed(prunes) };
  await writeBeginNote(outputPath, { restore: note });
}

/** What was noted; undefined when nothing was, or not here. */
export async function readRestore(outputPath: string): Promise<RestoreNote | undefined> {
  const restore = (await readBeginNote(outputPath))?.['restore'];
  return isJsonObject(restore) ? (restore as unknown as RestoreNote) : undefined;
}
