import { withoutPointer } from '../../../domain/json-pointer.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { DeleteOptions, ResourceType } from '../../../kube/cluster.ts';
import { textOf } from '../../../kube/fields.ts';
import { groupVersion, withAnnotations, type KubeObject } from '../../../kube/object.ts';
import { errorCode, PlumblineError } from '../../../util/errors.ts';
import { asSent } from '../as-sent.ts';
import { FIELD_MANAGER, RECORD_ANNOTATIONS } from '../labels.ts';
import type { PlannedObject, PlannedPrune } from '../planned-stack.ts';
import { roleNeededBy } from '../role-refs.ts';
import type { Session } from '../session.ts';
import { poll, untilGone } from './wait.ts';
import { whileUnchanged } from './while-unchanged.ts';

const ROLE_KNOWN_MS = 10_000;

/** What an apply notes on the objects that it writes. */
export interface ApplyRecord {
  /** null: each object keeps the one that it was saved with. */
  commit: string | null;
  attempt: string;
  task?: string;
  approvedBy?: readonly string[];
}

/**
 * Writes an object as it was planned. The version that the plan saw guards the write: an object that somebody changed or
 * made meanwhile is a conflict, and stays as it is.
 * @returns the object as the server keeps it
 * @throws PlumblineError `kube_conflict` and the like
 */
export async function writeObject(
  session: Session,
  planned: PlannedObject,
  record: ApplyRecord,
): Promise<KubeObject> {
  const { cluster, request } = session;
  const { live, rules, change } = planned;
  const type = await typeOf(session, planned);
  const object = withRecord(withoutControlled(planned), record);
  const over = (seen: KubeObject) => guarded(withRecord(respecting(planned, object, seen), record), seen);
  const options = { ...request, fieldManager: FIELD_MANAGER };
  const make = async () =>
    await onceItsRoleIsKnown(session, { id: planned.id, object }, () =>
      cluster.apply(type, unmade(object), { ...options, force: false }),
    );
  if (live !== null && change?.action === 'replace') {
    await removeObject(session, { type, object: live }, rules.prunePropagation);
    return await make();
  }
  if (rules.replace) {
    return live === null
      ? await cluster.create(type, object, options)
      : await whileUnchanged(
          session,
          type,
          live,
          async (seen) => await cluster.replace(type, over(seen), options),
        );
  }
  if (live === null) return await make();
  const bare = await withoutExtra(session, type, { ...planned, live });
  return await whileUnchanged(
    session,
    type,
    bare,
    async (seen) => await cluster.apply(type, over(seen), { ...options, force: true }),
  );
}

/** Takes away what nobody declared: a server-side apply leaves it to whoever set it. */
async function withoutExtra(
  session: Session,
  type: ResourceType,
  { id, live, extra }: PlannedObject & { live: KubeObject },
): Promise<KubeObject> {
  if (extra.length === 0) return live;
  // From the end, so that the positions of what comes before stay.
  const removals = extra.toReversed().flatMap(({ pointer, value }): JsonObject[] => [
    { op: 'test', path: pointer, value },
    { op: 'remove', path: pointer },
  ]);
  const options = { ...session.request, fieldManager: FIELD_MANAGER };
  return await whileUnchanged(session, type, live, async (seen) => {
    const version = { op: 'replace', path: '/metadata/resourceVersion', value: versionOf(seen) };
    return await session.cluster.patch(type, id, { type: 'json', body: [version, ...removals] }, options);
  });
}

/** Deletes exactly the object that the plan saw, and waits until it is gone. */
export async function removeObject(
  session: Session,
  { type, object }: Pick<PlannedPrune, 'type' | 'object'>,
  propagation: DeleteOptions['propagation'],
): Promise<void> {
  const { cluster, request } = session;
  const { metadata } = object;
  const id = { namespace: textOf(metadata, 'namespace'), name: metadata.name };
  await whileUnchanged(session, type, object, async (seen) => {
    const guard = { uid: textOf(metadata, 'uid'), resourceVersion: versionOf(seen) };
    await cluster.remove(type, id, { ...request, propagation, ...guard });
  });
  await untilGone(session, type, id);
}

/**
 * The type of an object, also of one whose definition was written by this very apply: that is established a moment before it
 * is served, and is waited for.
 */
export async function typeOf(session: Session, { wanted }: PlannedObject): Promise<ResourceType> {
  if (wanted.type !== null) return wanted.type;
  const { cluster, request, waitMs } = session;
  const { group, version } = groupVersion(wanted.object.apiVersion);
  const { kind } = wanted.id;
  const until = performance.now() + waitMs;
  return await poll(session, async () => {
    try {
      return await cluster.resource({ group, kind, version }, request);
    } catch (error) {
      if (errorCode(error) !== 'kube_unknown_kind') throw error;
      // What is known of a cluster's kinds is kept for a while; this reads it anew.
      await cluster.resources(request);
      if (performance.now() < until) return undefined;
      throw new PlumblineError('kube_unknown_kind', `The cluster still does not serve ${kind} of ${group}.`, {
        cause: error,
        retryable: true,
      });
    }
  });
}

/** The API server looks up a binding's role among what it has been told of, a moment after the role was written. */
async function onceItsRoleIsKnown(
  session: Session,
  binding: Pick<PlannedObject, 'id' | 'object'>,
  make: () => Promise<KubeObject>,
): Promise<KubeObject> {
  if (roleNeededBy(binding) === null) return await make();
  const until = performance.now() + Math.min(ROLE_KNOWN_MS, session.waitMs);
  return await poll(session, async () => {
    try {
      return await make();
    } catch (error) {
      if (errorCode(error) !== 'kube_not_found' || performance.now() > until) throw error;
      return undefined;
    }
  });
}

/** What a controller has written over is its own: an apply that named it would take it back. */
function withoutControlled({ wanted, controlled }: PlannedObject): KubeObject {
  return controlled.reduce<KubeObject>(
    (object, { wantedPath }) => withoutPointer(object, wantedPath) as KubeObject,
    wanted.object,
  );
}

/** What is ignored stays as it is live, where a sync option says so. */
function respecting({ respected, rules }: PlannedObject, object: KubeObject, live: KubeObject): KubeObject {
  return respected === null ? object : asSent(respected, object, live, rules);
}

/**
 * Where nothing was, nothing may be taken over from whoever came first: the server makes an object whatever version its apply
 * names, and refuses one that is there already unless it has that version, which none ever has.
 */
function unmade(object: KubeObject): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: '1' } };
}

function guarded(object: KubeObject, live: KubeObject): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: versionOf(live) } };
}

function withRecord(object: KubeObject, { commit, attempt, task, approvedBy = [] }: ApplyRecord): KubeObject {
  const [ofCommit, ofAttempt, ofTask, ofPeople] = RECORD_ANNOTATIONS;
  return withAnnotations(object, {
    ...(commit === null ? {} : { [ofCommit]: commit }),
    [ofAttempt]: attempt,
    ...(task === undefined ? {} : { [ofTask]: task }),
    ...(approvedBy.length === 0 ? {} : { [ofPeople]: [...approvedBy].sort().join(', ') }),
  });
}

function versionOf({ metadata }: KubeObject): string {
  return textOf(metadata, 'resourceVersion');
}
