import { PlumblineError } from '../../../util/errors.ts';
import type { ResourceType } from '../../../kube/cluster.ts';
import { objectId, withAnnotations, type KubeObject } from '../../../kube/object.ts';
import { FIELD_MANAGER, RECORD_ANNOTATIONS } from '../labels.ts';
import { deletesAfter, deletesBefore, hookOutcome, namedHook } from '../order/hooks.ts';
import type { SyncPhase } from '../order/phases.ts';
import type { PlannedObject } from '../planned-stack.ts';
import type { Session } from '../session.ts';
import type { ApplyLog } from './apply-log.ts';
import { keepHookLogs } from './hook-logs.ts';
import { healthNow, poll } from './wait.ts';
import { removeObject, typeOf, type ApplyRecord } from './write-object.ts';

/** What hooks are run for. */
export interface HookRun {
  log: ApplyLog;
  record: ApplyRecord;
  phase: SyncPhase;
  startedAt: Date;
}

/**
 * Runs hooks at the same time, and waits for their end.
 * @throws PlumblineError `hook_failed` when one failed, or took longer than the stack's time
 */
export async function runHooks(
  session: Session,
  hooks: readonly PlannedObject[],
  run: HookRun,
): Promise<void> {
  const ends = await Promise.allSettled(hooks.map((hook) => runHook(session, hook, run)));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

async function runHook(session: Session, hook: PlannedObject, run: HookRun): Promise<void> {
  const { cluster, request } = session;
  const type = await typeOf(session, hook);
  const { attempt, commit } = run.record;
  const object = namedHook(hook.wanted.object, {
    commit: commit ?? session.context.commit,
    phase: run.phase,
    startedAt: run.startedAt,
  });
  const id = objectId(object);
  const left = await cluster.get(type, id, request);
  if (left !== undefined && deletesBefore(hook.rules))
    await removeObject(session, { type, object: left }, hook.rules.prunePropagation);
  const options = { ...request, fieldManager: FIELD_MANAGER, force: true };
  await cluster.apply(type, withAnnotations(object, { [RECORD_ANNOTATIONS[1]]: attempt }), options);
  await run.log.line(`started hook ${hook.address}`);
  const { outcome, reason, object: ended } = await untilEnded(session, { ...hook, id, type });
  await run.log.line(`hook ${hook.address} ${outcome}${reason === '' ? '' : `: ${reason}`}`);
  if (ended !== undefined) await keepHookLogs(session, ended, run.log);
  if (ended !== undefined && outcome !== 'running' && deletesAfter(hook.rules, outcome))
    await removeObject(session, { type, object: ended }, hook.rules.prunePropagation);
  if (outcome === 'succeeded') return;
  const why = outcome === 'failed' ? 'failed' : `did not end within ${session.waitMs / 1000} s`;
  throw new PlumblineError(
    'hook_failed',
    `The hook ${hook.address} ${why}${reason === '' ? '' : `: ${reason}`}.`,
  );
}

async function untilEnded(
  session: Session,
  { id, type }: Pick<PlannedObject, 'id'> & { type: ResourceType },
): Promise<{ outcome: ReturnType<typeof hookOutcome>; reason: string; object: KubeObject | undefined }> {
  const until = performance.now() + session.waitMs;
  return await poll(session, async () => {
    const [watched] = await healthNow(session, [{ id, type }]);
    const { health, object } = watched!;
    const outcome = hookOutcome(health.status);
    if (outcome === 'running' && performance.now() < until) return undefined;
    return { outcome, reason: health.reason, object };
  });
}
