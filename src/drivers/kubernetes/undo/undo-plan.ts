import type { JsonValue } from '../../../domain/json.ts';
import type { RolloutTarget } from '../../../domain/rollout-target.ts';
import type { PlanContext } from '../../driver.ts';
import type { UndoPlan } from '../../driver-results.ts';
import { normalise } from '../compare/normalise.ts';
import { planText } from '../plan-text.ts';
import { openSession, step, type Session } from '../session.ts';
import { findUndo, type FoundUndo } from './find-undo.ts';

/** Plans the return of a workload to a revision of its own; see `Driver.planUndo`. */
export async function planUndoKubernetes(context: PlanContext, target: RolloutTarget): Promise<UndoPlan> {
  const session = await openSession(context);
  return await undoPlan(session, await findUndo(session, target));
}

/** What was found, as the pipeline takes it. */
export async function undoPlan(session: Session, found: FoundUndo): Promise<UndoPlan> {
  const { context, cluster, request } = session;
  const changes = found.change === null ? [] : [found.change];
  const [uid, version] = await Promise.all([cluster.uid(request), cluster.version(request)]);
  const artifacts = await step(session, 'save', async () => [
    await context.artifacts('plan_text', planText(changes, [])),
    await context.artifacts('plan_json', JSON.stringify({ changes, problems: [] })),
  ]);
  return {
    changes,
    outputs: [],
    tool: { name: 'kubernetes', version: version.replace(/^v/, ''), source: cluster.name },
    durationsMs: session.durationsMs,
    warnings: [],
    stateLock: null,
    artifacts,
    basis: { resources: 1, emptied: false, mockOutputs: false },
    identity: identityOf(session, found, uid),
    origin: found.origin,
  };
}

/** What an approval is bound to: the very revision, where it came from, what the workload is like now, and what it will be. */
function identityOf(
  { context, stackId }: Session,
  { address, revision, live, after, origin: { commit, file } }: FoundUndo,
  uid: string,
): JsonValue {
  const { key, path } = context.stack;
  return {
    v: 1,
    repo: context.repo,
    stack: { key, path, id: stackId },
    target: { uid },
    undo: { address, revision, origin: { commit, file }, live: normalise(live), after: normalise(after) },
  };
}
