import { setTimeout as delay } from 'node:timers/promises';
import { activityInfo } from '@temporalio/activity';
import type { Attempt } from '../domain/attempt.ts';
import { planDigest } from '../domain/digest.ts';
import type { ApplyContext } from '../drivers/driver.ts';
import type { Recovery } from '../drivers/driver-results.ts';
import { PlumblineError } from '../util/errors.ts';
import { withFileLock } from '../util/file-lock.ts';
import type { Records } from '../store/control.ts';
import { attemptIdOf } from './apply-gate.ts';
import { forgetOutput } from './attempt-output.ts';
import { auditEntry, type PartialEntry } from './audit-entries.ts';
import type { ActivityDeps } from './deps.ts';
import { lookAfterRecovery } from './look-after-recovery.ts';
import { resultOf } from './open-attempt.ts';
import { latestConfig } from './pinned-config.ts';
import { silentProgress } from './progress.ts';
import { artifactSink, inStackContext, stackOfJob } from './plan-context.ts';
import { environmentOfKey } from './stack-facts.ts';
import { stackFolders } from './stack-folders.ts';
import { toolActivity, type ToolShared, type ToolWork } from './tool-activity.ts';
import type { ToolActivities } from './types.ts';

const POLL_MS = 500;

/** The activity that finds out what became of a job's attempt when its worker is gone. */
export function createRecoverAttempt(
  deps: ActivityDeps,
  shared: ToolShared,
): ToolActivities['recoverAttempt'] {
  return (input) => {
    const runId = activityInfo().workflowExecution?.runId ?? 'local';
    const about = {
      taskId: input.task_id,
      stackKey: input.key,
      configVersion: input.config_version,
      scratchDir: null,
    };
    return toolActivity(deps, shared, about, async (work) => {
      const attempt = await deps.store.attempts.get(attemptIdOf(input.job_id));
      if (!attempt) throw new PlumblineError('attempt_not_found', `The job ${input.job_id} was never begun.`);
      return resultOf(await recoverAttempt(deps, attempt, work, `recover-${runId}`));
    });
  };
}

/** The same outside of an activity, for a worker that finds open attempts of its predecessor. */
export async function recoverHere(
  deps: ActivityDeps,
  shared: ToolShared,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<Attempt> {
  const task = await deps.store.tasks.get(attempt.taskId);
  const config = await shared.pinned(task?.configVersion ?? 1);
  const record = await deps.records.open({ scratchDir: null });
  const progress = silentProgress();
  try {
    return await recoverAttempt(deps, attempt, { config, signal, progress, record }, `recover-${attempt.id}`);
  } finally {
    await record.close();
  }
}

/**
 * Finds out what became of an attempt, and closes it: waits until its worker and its tool have ended, then asks the driver.
 * An attempt that has ended stays as it is. Safe to run again, and beside another that does the same.
 */
async function recoverAttempt(
  deps: ActivityDeps,
  attempt: Attempt,
  work: ToolWork,
  scratch: string,
): Promise<Attempt> {
  if (attempt.status !== 'started' && attempt.status !== 'unknown') return attempt;
  if (!(await waitForEnd(deps, attempt, work))) {
    const summary = `Its worker ran on ${attempt.worker.host}, where nobody can tell from here whether its tool still runs.`;
    return await close(deps, attempt, { outcome: 'unknown', summary, orphanedLock: null });
  }
  const now = (await deps.store.attempts.get(attempt.id)) ?? attempt;
  // The worker was alive after all, and said itself how it went.
  if (now.status !== 'started' && now.status !== 'unknown') return now;
  return await close(deps, now, await askDriver(deps, now, work, scratch));
}

/** Whether worker and tool are known to have ended; false when that can't be told from here. */
async function waitForEnd(
  { processes, store }: ActivityDeps,
  { id }: Attempt,
  work: ToolWork,
): Promise<boolean> {
  work.progress.step('Waiting for the end of the tool that was left behind');
  for (;;) {
    const attempt = await store.attempts.get(id);
    if (!attempt || (attempt.status !== 'started' && attempt.status !== 'unknown')) return true;
    const states = await Promise.all(
      [attempt.worker, ...(attempt.tool ? [attempt.tool] : [])].map((one) => processes.state(one)),
    );
    const ownWork = attempt.status === 'unknown' ? states.slice(1) : states;
    if (ownWork.includes('unknown')) return false;
    if (!ownWork.includes('running') && !(await hasUnnotedTool(processes, attempt))) return true;
    await delay(POLL_MS, undefined, { signal: work.signal });
  }
}

/** A worker may have been killed after it had started its tool, and before that was on record. */
async function hasUnnotedTool(
  processes: ActivityDeps['processes'],
  { tool, outputPath }: Attempt,
): Promise<boolean> {
  return tool === null && outputPath !== null && (await processes.writes(outputPath));
}

async function askDriver(
  deps: ActivityDeps,
  attempt: Attempt,
  work: ToolWork,
  scratch: string,
): Promise<Recovery> {
  const job = await deps.store.jobs.get(attempt.jobId);
  if (!job) return { outcome: 'unknown', summary: 'Its job is no longer known.', orphanedLock: null };
  const { stack, driver } = await stackOfJob(deps, job);
  if (!driver.recover) {
    return {
      outcome: 'unknown',
      summary: `Stacks of kind ${driver.kind} can't be looked into.`,
      orphanedLock: null,
    };
  }
  const folders = stackFolders(deps.dataDir, attempt.repo, attempt.stackKey, scratch);
  const input = { repo: attempt.repo, key: attempt.stackKey, commit: attempt.commit, job_id: attempt.jobId };
  const run = { input, stack, driver, folders, sink: artifactSink(deps) };
  const look = async (context: ApplyContext): Promise<Recovery> => {
    const recovery = await driver.recover!(context, attempt);
    // A state that the tool could not save may be among them.
    if (run.sink.contents.length > 0)
      await deps.store.artifacts.record(job.id, run.sink.contents, deps.now().toISOString());
    return recovery;
  };
  return await withFileLock(
    folders.lockPath,
    () =>
      inStackContext(deps, { ...run, inTurn: (tool) => tool() }, work, (plain) =>
        look({
          ...plain,
          attemptId: attempt.id,
          digestOf: (identity) => planDigest(deps.digestKey, identity),
          outputPath: attempt.outputPath ?? '',
          onBegin: () => Promise.reject(new Error('A recovery begins nothing.')),
        }),
      ),
    { signal: work.signal, onWait: () => work.progress.step('Waiting for another tool on this stack') },
  );
}

async function close(deps: ActivityDeps, attempt: Attempt, recovery: Recovery): Promise<Attempt> {
  const { store } = deps;
  const at = deps.now().toISOString();
  const { outcome, orphanedLock } = recovery;
  const status = outcome === 'still_running' ? 'unknown' : outcome;
  const lock = orphanedLock ? ` The state lock ${orphanedLock.id} was left behind.` : '';
  const summary = deps.redactor.redact(`${recovery.summary}${lock}`);
  const error = status === 'applied' ? null : { code: 'worker_lost', message: summary };
  const { settings } = await latestConfig(store);
  const environment = await environmentOfKey(deps, settings, { repo: attempt.repo, key: attempt.stackKey });
  const records: Records<Attempt> = (done) => [
    auditEntry(deps, { ...recoveredEntry(done, summary), environment }),
  ];
  const ended =
    attempt.status === 'unknown'
      ? await store.attempts.settle(attempt.id, { status, summary }, at, records)
      : await store.attempts.end(attempt.id, { status, summary, error }, at, records);
  const { repo, stackKey, commit, digest, jobId, id } = attempt;
  // An unknown attempt that stays unknown is no news.
  if (ended.status === attempt.status) return ended;
  await forgetOutput(ended, attempt.outputPath);
  const restores = (await store.plans.get(jobId))?.restores;
  if (status === 'applied' && restores === undefined) {
    const heals = (await store.syncs.get(repo, stackKey))?.heals ?? [];
    await store.syncs.put({ repo, stackKey, commit, digest, at, attemptId: id, heals });
  }
  const unsure = { code: 'worker_lost', message: summary };
  await store.stacks.failed(repo, stackKey, jobId, commit, 'unknown', unsure, at);
  // Where two have looked into it, the one that has closed it asks.
  if (status === 'applied' && ended.endedAt === at) await lookAfterRecovery(deps, ended);
  return ended;
}

function recoveredEntry(attempt: Attempt, reason: string): PartialEntry {
  const { id, kind, status, rule, repo, stackKey, taskId, commit, digest } = attempt;
  return {
    action: kind === 'rollback' ? 'rollback.ended' : 'apply.ended',
    result: status === 'applied' ? 'ok' : status === 'unknown' ? 'unknown' : 'failed',
    repo,
    stackKey,
    taskId,
    commit,
    digest,
    reason,
    details: { attempt: id, rule, status, recovered: true },
  };
}
