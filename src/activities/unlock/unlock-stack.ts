import { activityInfo, Context, heartbeat } from '@temporalio/activity';
import type { Attempt } from '../../domain/attempt.ts';
import { planDigest } from '../../domain/digest.ts';
import type { StateLock } from '../../domain/stack.ts';
import type { StackState } from '../../domain/task.ts';
import type { ApplyContext, Driver } from '../../drivers/driver.ts';
import { PlumblineError } from '../../util/errors.ts';
import { withFileLock } from '../../util/file-lock.ts';
import type { UnlockStackInput, UnlockStackResult } from '../../workflows/inputs.ts';
import { asActivity } from '../application-failure.ts';
import { audit } from '../audit-entries.ts';
import type { ActivityDeps } from '../deps.ts';
import { latestConfig } from '../pinned-config.ts';
import { artifactSink, inStackContext } from '../plan-context.ts';
import { silentProgress } from '../progress.ts';
import { stackFolders } from '../stack-folders.ts';
import type { ToolShared } from '../tool-activity.ts';
import type { ToolActivities } from '../types.ts';
import { holderOf } from './lock-holder.ts';

/** The newest attempts whose lock it may be. */
const ATTEMPTS = 20;
/** Between two signs of life. */
const BEAT_MS = 5_000;

/** The activity that looks at a state's lock, and releases it where a dead worker of Plumbline's own has left it. */
export function createUnlockStack(deps: ActivityDeps, shared: ToolShared): ToolActivities['unlockStack'] {
  return (input) =>
    asActivity(deps.redactor, { retry: false }, async () => {
      const beat = setInterval(() => heartbeat({ step: 'unlock' }), BEAT_MS);
      const record = await deps.records.open({ scratchDir: null });
      try {
        return await unlock(deps, shared, input, record);
      } finally {
        clearInterval(beat);
        await record.close();
      }
    });
}

type Record = Awaited<ReturnType<ActivityDeps['records']['open']>>;

async function unlock(
  deps: ActivityDeps,
  { pinned }: ToolShared,
  input: UnlockStackInput,
  record: Record,
): Promise<UnlockStackResult> {
  const { stack, driver } = await stackOf(deps, input);
  if (input.release) await refuseBusy(deps, input);
  const attempts = await deps.store.attempts.list({ repo: input.repo, stackKey: input.key, limit: ATTEMPTS });
  const config = await pinned((await latestConfig(deps.store)).version);
  const runId = activityInfo().workflowExecution?.runId ?? 'local';
  const folders = stackFolders(deps.dataDir, input.repo, input.key, `unlock-${runId}`);
  const commit = attempts[0]?.commit ?? stack.commit;
  if (commit === null) throw new PlumblineError('stack_not_found', `${input.key} was never planned.`);
  const about = { repo: input.repo, key: input.key, commit, job_id: stack.jobId ?? input.key };
  const run = { input: about, stack, driver, folders, sink: artifactSink(deps) };
  const { cancellationSignal: signal } = Context.current();
  const work = { config, signal, progress: silentProgress(), record };
  return await withFileLock(
    folders.lockPath,
    () =>
      inStackContext(deps, { ...run, inTurn: (tool) => tool() }, work, async (plain) => {
        const lock = (await driver.stateLock!(plain)) ?? null;
        const holder = await holderOf(deps, config.settings.worker.lockTtlMs, lock, attempts);
        if (!input.release || lock === null) return answer(lock, holder, false);
        if (lock.id !== input.lock_id) throw changed(input, lock);
        if (!holder.releasable)
          throw new PlumblineError('lock_foreign', `${holder.why} Nothing was released.`);
        await driver.unlock!(unlockContext(deps, plain, holder.attempt!), lock);
        await noteReleased(deps, input, lock, holder.attempt!);
        return answer(lock, holder, true);
      }),
    { signal },
  );
}

async function stackOf(
  { store, drivers }: ActivityDeps,
  { repo, key }: UnlockStackInput,
): Promise<{ stack: StackState; driver: Driver }> {
  const stack = await store.stacks.get(repo, key);
  const driver = drivers.find(({ kind }) => kind === stack?.kind);
  if (!stack || !driver) throw new PlumblineError('stack_not_found', `${repo} has no known stack "${key}".`);
  if (driver.stateLock && driver.unlock) return { stack, driver };
  throw new PlumblineError('unlock_unsupported', `Stacks of kind ${driver.kind} have no lock of their own.`);
}

/** What is at work on the repo may take the lock at any time. */
async function refuseBusy({ store }: ActivityDeps, { repo }: UnlockStackInput): Promise<void> {
  const task = await store.tasks.active(repo);
  if (!task || task.kind === 'scan') return;
  throw new PlumblineError(
    'lock_in_use',
    `The ${task.kind} ${task.id} is at work on ${repo}: wait until it has ended. Nothing was released.`,
  );
}

function unlockContext(
  deps: ActivityDeps,
  plain: Parameters<Driver['plan']>[0],
  attempt: Attempt,
): ApplyContext {
  return {
    ...plain,
    attemptId: attempt.id,
    digestOf: (identity) => planDigest(deps.digestKey, identity),
    outputPath: attempt.outputPath ?? '',
    onBegin: () => Promise.reject(new Error('Releasing a lock begins nothing.')),
  };
}

function changed({ lock_id: id, key }: UnlockStackInput, lock: StateLock): PlumblineError {
  return new PlumblineError(
    'lock_changed',
    `The state of ${key} is locked by ${lock.id} by now, not by ${id ?? 'a lock that was looked at'}: look again. Nothing was released.`,
  );
}

function answer(
  lock: StateLock | null,
  { attempt, releasable, why }: Awaited<ReturnType<typeof holderOf>>,
  released: boolean,
): UnlockStackResult {
  const process = attempt && (attempt.tool ?? attempt.worker);
  return {
    lock,
    attempt: attempt && {
      id: attempt.id,
      status: attempt.status,
      host: process!.host,
      pid: process!.pid,
      started_at: attempt.startedAt,
    },
    releasable,
    released,
    why,
  };
}

async function noteReleased(
  deps: ActivityDeps,
  { repo, key, actor, reason, source }: UnlockStackInput,
  lock: StateLock,
  attempt: Attempt,
): Promise<void> {
  const { host, pid } = attempt.tool ?? attempt.worker;
  await audit(deps, {
    action: 'lock.released',
    result: 'ok',
    repo,
    stackKey: key,
    taskId: attempt.taskId,
    commit: attempt.commit,
    digest: attempt.digest,
    actor: actor || 'unknown',
    source: source || 'signal',
    reason: reason ?? '',
    details: {
      attempt_id: attempt.id,
      worker: `${host}:${pid}`,
      state_lock: lock.id,
      who: lock.who,
      operation: lock.operation,
      created: lock.created,
    },
  });
}
