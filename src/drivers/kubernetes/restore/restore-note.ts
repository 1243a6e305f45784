import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isJsonObject } from '../../../domain/json.ts';
import type { ObjectId } from '../../../kube/object.ts';
import { writeFileAtomic } from '../../../util/atomic-write.ts';
import type { PlannedStack } from '../planned-stack.ts';

/** What a return to saved objects was about to do: kept beside its output, for a successor. Names only. */
export interface RestoreNote {
  written: readonly ObjectId[];
  deleted: readonly ObjectId[];
}

const pathOf = (outputPath: string) => `${outputPath}.begin.json`;

/** Notes what is about to be done; replaces what stood there. */
export async function noteRestore(
  outputPath: string,
  { objects, prunes }: Pick<PlannedStack, 'objects' | 'prunes'>,
): Promise<void> {
  const changed = (list: PlannedStack['objects'] | PlannedStack['prunes']) =>
    list.flatMap(({ id, change }) => (change === null || change.action === 'none' ? [] : [id]));
  const note: RestoreNote = { written: changed(objects), deleted: changed(prunes) };
  await mkdir(dirname(outputPath), { recursive: true, mode: 0o700 });
  await writeFileAtomic(pathOf(outputPath), JSON.stringify({ restore: note }));
}

/** What was noted; undefined when nothing was, or not here. */
export async function readRestore(outputPath: string): Promise<RestoreNote | undefined> {
  try {
    const note: unknown = JSON.parse(await readFile(pathOf(outputPath), 'utf8'));
    if (!isJsonObject(note) || !isJsonObject(note['restore'])) return undefined;
    return note['restore'] as unknown as RestoreNote;
  } catch {
    return undefined;
  }
}
