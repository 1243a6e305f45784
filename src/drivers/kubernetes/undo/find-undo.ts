import type { RawChange } from '../../../domain/change.ts';
import type { RolloutTarget } from '../../../domain/rollout-target.ts';
import type { ResourceType } from '../../../kube/cluster.ts';
import { metaTexts, objectAddress, type KubeObject, type ObjectId } from '../../../kube/object.ts';
import { PlumblineError } from '../../../util/errors.ts';
import type { RevisionOrigin } from '../../driver-results.ts';
import { whileUnchanged } from '../apply/while-unchanged.ts';
import { compileIgnoreDifferences } from '../compare/ignore-differences.ts';
import { createMasker } from '../compare/mask.ts';
import { compareObject } from '../compare/to-change.ts';
import { undoRollout } from '../health/rollout-undo.ts';
import { hideSecrets } from '../hide-secrets.ts';
import { FIELD_MANAGER, RECORD_ANNOTATIONS, STACK_LABEL, UNDO_MANAGER } from '../labels.ts';
import { renderStack } from '../plan-stack.ts';
import { podLabels } from '../related.ts';
import { step, type Session } from '../session.ts';
import { wantedObjects } from '../wanted.ts';

/** The return of a workload to a revision, before it is made. */
export interface FoundUndo {
  id: ObjectId;
  address: string;
  type: ResourceType;
  live: KubeObject;
  /** ReplicaSets or ControllerRevisions. */
  history: readonly KubeObject[];
  revision: number;
  /** The workload as the server would keep it. */
  after: KubeObject;
  change: RawChange | null;
  origin: RevisionOrigin;
  /** What the stack's source holds of secrets. */
  secrets: readonly string[];
}

/**
 * Finds out what the return of a workload to a revision of its own would change, by a dry run. Only a workload of this very
 * stack is looked at: another one's people would not have been asked.
 * @throws PlumblineError `rollout_not_found`, `rollout_foreign`, and as `undoRollout` and `render`
 */
export async function findUndo(session: Session, target: RolloutTarget): Promise<FoundUndo> {
  const { cluster, request } = session;
  const namespace = target.namespace ?? session.stack.namespace ?? session.defaultNamespace;
  const id: ObjectId = { group: 'apps', kind: target.kind, namespace, name: target.name };
  const address = objectAddress(id);
  const type = await cluster.resource({ group: 'apps', kind: target.kind }, request);
  const { file, secrets } = await step(session, 'render', () => sourceOf(session, address));
  const { live, history } = await step(session, 'read', () => readWorkload(session, type, id));
  const { revision, annotations } = undoRollout(live, history, target.revision);
  const after = await step(session, 'compare', () =>
    writeUndo(session, { id, type, live, history, revision }, { dryRun: true }),
  );
  const [recorded] = RECORD_ANNOTATIONS;
  const { change } = compareObject(
    { wanted: after, live, answer: after, lastApplied: null },
    {
      ignore: compileIgnoreDifferences([]),
      controllers: session.options.controllers,
      masker: createMasker(secrets),
      manager: FIELD_MANAGER,
    },
  );
  const commit = annotations[recorded] ?? null;
  // What was applied from a folder names none.
  const origin = { commit: commit === 'local' ? null : commit, file };
  return { id, address, type, live, history, revision, after, change, origin, secrets };
}

/**
 * Writes it, or asks what it would come to. The version that was read guards the write; where only its status has moved
 * since, the object is gone back from as it is now.
 * @throws PlumblineError `kube_conflict` when somebody has changed it
 */
export async function writeUndo(
  session: Session,
  { id, type, live, history, revision }: Pick<FoundUndo, 'id' | 'type' | 'live' | 'history' | 'revision'>,
  { dryRun }: { dryRun: boolean },
): Promise<KubeObject> {
  const options = { ...session.request, fieldManager: UNDO_MANAGER, dryRun };
  return await whileUnchanged(session, type, live, async (seen) => {
    const { patch } = undoRollout(seen, history, revision);
    return await session.cluster.patch(type, id, patch, options);
  });
}

async function readWorkload(
  session: Session,
  type: ResourceType,
  id: ObjectId,
): Promise<{ live: KubeObject; history: KubeObject[] }> {
  const { cluster, request, stackId, context } = session;
  const address = objectAddress(id);
  const live = await cluster.get(type, id, request);
  if (live === undefined)
    throw new PlumblineError(
      'rollout_not_found',
      `There is no ${address} on the cluster ${cluster.name}, so that it can't be rolled back. Name another one, or its namespace with -n.`,
    );
  if (metaTexts(live, 'labels')[STACK_LABEL] !== stackId)
    throw new PlumblineError(
      'rollout_foreign',
      `${address} is not one of ${context.stack.key}: only the stack that applied it can roll it back. Name that one.`,
    );
  const kept = id.kind === 'Deployment' ? 'ReplicaSet' : 'ControllerRevision';
  const history = await cluster.resource({ group: 'apps', kind: kept }, request);
  const labelSelector = podLabels(live);
  const where = { namespace: id.namespace, ...(labelSelector === '' ? {} : { labelSelector }) };
  return { live, history: await cluster.list(history, { ...request, ...where }) };
}

/** The file that the workload stands in; and what the stack's source holds of secrets is hidden from now on. */
async function sourceOf(
  session: Session,
  address: string,
): Promise<{ file: string | null; secrets: string[] }> {
  const rendered = await renderStack(session);
  const { objects } = await wantedObjects(session, rendered);
  hideSecrets(
    session,
    objects.map(({ object }) => object),
  );
  const own = objects.find((object) => object.address === address);
  return { file: own?.from.source?.file ?? null, secrets: rendered.secrets };
}
