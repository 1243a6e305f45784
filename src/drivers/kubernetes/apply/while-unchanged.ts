import type { ResourceType } from '../../../kube/cluster.ts';
import { objectId, type KubeObject } from '../../../kube/object.ts';
import { errorCode } from '../../../util/errors.ts';
import { leaveToControllers } from '../compare/controlled.ts';
import { differences } from '../compare/differences.ts';
import { managedEntries } from '../compare/managed-fields.ts';
import { normalise } from '../compare/normalise.ts';
import { FIELD_MANAGER } from '../labels.ts';
import type { Session } from '../session.ts';

/** Controllers write the status of a busy object all the time. */
const TRIES = 8;

/**
 * Writes to an object, or deletes it, as it was seen: the write names its version, so that the server refuses it when the object has another
 * one. Where nothing has moved since but its status, and what a known controller writes, it is written to as it is now.
 * @param write gets the object whose `resourceVersion` it has to name
 * @throws PlumblineError `kube_conflict` when somebody has changed it, and what `write` throws
 */
export async function whileUnchanged<T>(
  session: Session,
  type: ResourceType,
  seen: KubeObject,
  write: (seen: KubeObject) => Promise<T>,
): Promise<T> {
  const { cluster, request } = session;
  let base = seen;
  for (let left = TRIES; ; left -= 1) {
    try {
      return await write(base);
    } catch (error) {
      if (errorCode(error) !== 'kube_conflict' || left <= 1) throw error;
      const now = await cluster.get(type, objectId(seen), request);
      if (now === undefined || !isSame(session, seen, now)) throw error;
      base = now;
    }
  }
}

function isSame({ options }: Session, seen: KubeObject, now: KubeObject): boolean {
  if (now.metadata['uid'] !== seen.metadata['uid']) return false;
  const live = normalise(now);
  const moved = differences(live, normalise(seen));
  const rules = { controllers: options.controllers, manager: FIELD_MANAGER };
  return leaveToControllers(moved, live, managedEntries(now), rules).found.length === 0;
}
