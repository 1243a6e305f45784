import { textOf } from '../../../kube/fields.ts';
import { objectAddress } from '../../../kube/object.ts';
import type { Recovery } from '../../driver-results.ts';
import { rolloutStatus } from '../health/rollout.ts';
import type { Session } from '../session.ts';
import { templateHash, type UndoNote } from './undo-note.ts';

/** Finds out what became of an undo whose worker is gone, by what it was about to write. */
export async function recoverUndo(session: Session, note: UndoNote): Promise<Recovery> {
  const { cluster, request } = session;
  const { kind, namespace, name, revision, uid, before, after } = note;
  const id = { group: 'apps', kind, namespace, name };
  const address = objectAddress(id);
  const type = await cluster.resource({ group: 'apps', kind }, request);
  const live = await cluster.get(type, id, request);
  const told = (outcome: Recovery['outcome'], summary: string): Recovery => ({
    outcome,
    summary,
    orphanedLock: null,
  });
  if (live === undefined || textOf(live.metadata, 'uid') !== uid)
    return told('unknown', `${address} is not the one that was to be rolled back.`);
  const now = templateHash(live);
  if (now === before) return told('not_applied', `${address} is as it was before.`);
  if (now !== after) return told('unknown', `Somebody has changed ${address} since.`);
  const { state, message } = rolloutStatus(live);
  const git = 'Git was not reverted: see to that, or the next sync will bring it forward again.';
  if (state === 'done')
    return told('partial', `${address} is back at what revision ${revision} was, and available. ${git}`);
  return told('partial', `${address} is back at what revision ${revision} was: ${message}. ${git}`);
}
