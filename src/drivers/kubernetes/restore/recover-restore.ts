import { metaTexts, objectAddress, type ObjectId } from '../../../kube/object.ts';
import type { Recovery } from '../../driver-results.ts';
import { RECORD_ANNOTATIONS } from '../labels.ts';
import { readLive, type Sought } from '../live.ts';
import { servedType } from '../served-type.ts';
import type { Session } from '../session.ts';
import type { RestoreNote } from './restore-note.ts';

/** Finds out what became of a return to saved objects whose worker is gone: each that it wrote says so itself. */
export async function recoverRestore(
  session: Session,
  { written, deleted }: RestoreNote,
  attempt: string,
): Promise<Recovery> {
  const [, ofAttempt] = RECORD_ANNOTATIONS;
  const live = await readLive(
    session.cluster,
    await soughtOf(session, [...written, ...deleted]),
    session.request,
  );
  const made = written.filter((id) => {
    const object = live.get(objectAddress(id));
    return object !== undefined && metaTexts(object, 'annotations')[ofAttempt] === attempt;
  });
  const gone = deleted.filter((id) => !live.has(objectAddress(id)));
  const [done, all] = [made.length + gone.length, written.length + deleted.length];
  const outcome = done === all ? 'applied' : done === 0 ? 'not_applied' : 'partial';
  const summary = `${done} of ${all} objects are as they were to be returned to.`;
  return { outcome, summary, orphanedLock: null };
}

async function soughtOf(session: Session, ids: readonly ObjectId[]): Promise<Sought[]> {
  const found: Sought[] = [];
  for (const id of ids) {
    const type = await servedType(session, id);
    if (type !== undefined) found.push({ id, type });
  }
  return found;
}
