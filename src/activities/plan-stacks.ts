import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { activityInfo } from '@temporalio/activity';
import { errorCode, PlumblineError } from '../util/errors.ts';
import { jobFailure } from './application-failure.ts';
import type { ActivityDeps } from './deps.ts';
import { failJob } from './fail-job.ts';
import type { ManyJobTools, PlanStacksInput, PlanStacksResult } from './job-types.ts';
import { planJob } from './plan-stack.ts';
import { openSideBySide, type OpenSideBySide } from './side-by-side.ts';
import { stackFolders } from './stack-folders.ts';
import { toolActivity, type ToolShared, type ToolWork } from './tool-activity.ts';

/** As long as the workflow waits before it tries a single stack again. */
const TRY_AGAIN_MS = 1_000;
/** How often a stack is planned in one attempt of the activity. */
const MOST_TRIES = 2;

type PlannedJob = PlanStacksInput['jobs'][number];

/** One batch at work. */
interface Batch {
  input: PlanStacksInput;
  work: ToolWork;
  side: OpenSideBySide;
  /** Where each stack has a scratch folder of its own. */
  scratchDir: string;
  counts: PlanStacksResult;
}

/** The activity that plans many stacks of a task and saves each as soon as it is planned. */
export function createPlanStacks(deps: ActivityDeps, shared: ToolShared): ManyJobTools['planStacks'] {
  return (input) => {
    const { activityId, attempt, workflowExecution } = activityInfo();
    const attemptId = `${workflowExecution?.runId ?? 'local'}-${activityId}-${attempt}`;
    const scratchDir = join(deps.dataDir, 'scratch', attemptId);
    const [only, ...others] = input.jobs;
    const about = {
      taskId: input.task_id,
      stackKey: others.length === 0 ? (only?.key ?? null) : null,
      configVersion: input.config_version,
      scratchDir,
    };
    return toolActivity(deps, shared, about, async (work) => {
      const side = await openSideBySide(deps, input, work);
      const counts = { completed: 0, failed: 0, drifted: 0 };
      try {
        return await planBatch(deps, shared, { input, work, side, scratchDir, counts });
      } finally {
        await side.close();
      }
    });
  };
}

/** Ends only when all that was begun has ended, also where one of them stops the others. */
async function planBatch(deps: ActivityDeps, shared: ToolShared, batch: Batch): Promise<PlanStacksResult> {
  const { input, work, counts } = batch;
  const halt = new AbortController();
  const signal = AbortSignal.any([work.signal, halt.signal]);
  const jobs = await inSafeOrder(deps, input.jobs);
  const plans = jobs.map(async (job) => {
    try {
      await shared.manySlots.run(signal, () => planInBatch(deps, shared, batch, { job, signal }));
      work.progress.note(`Planned ${counts.completed + counts.failed} of ${jobs.length} stacks`);
    } catch (error) {
      halt.abort();
      throw error;
    }
  });
  const ended = await Promise.allSettled(plans);
  work.signal.throwIfAborted();
  const failed = ended.filter((one) => one.status === 'rejected').map(({ reason }): unknown => reason);
  // Those that were stopped by another's failure say nothing of it.
  const [first] = [...failed.filter((reason) => reason !== halt.signal.reason), ...failed];
  if (first !== undefined) throw first;
  return counts;
}

/** A stack that was under way when a worker was lost may be why: it comes after those that were not. */
async function inSafeOrder(
  { store }: ActivityDeps,
  jobs: readonly PlannedJob[],
): Promise<readonly PlannedJob[]> {
  const known = await Promise.all(jobs.map(({ job_id }) => store.jobs.get(job_id)));
  const suspect = new Set(known.filter((job) => job?.status === 'running').map((job) => job?.id));
  return jobs.toSorted((a, b) => Number(suspect.has(a.job_id)) - Number(suspect.has(b.job_id)));
}

/** Plans one of the stacks. Its failure is its own. */
async function planInBatch(
  deps: ActivityDeps,
  shared: ToolShared,
  batch: Batch,
  { job, signal }: { job: PlannedJob; signal: AbortSignal },
): Promise<void> {
  const { counts, work } = batch;
  for (let tries = 1; ; tries += 1) {
    try {
      const { outcome } = await planWithinLimit(deps, shared, batch, { job, signal });
      counts.completed += 1;
      if (outcome !== 'in_sync') counts.drifted += 1;
      return;
    } catch (error) {
      signal.throwIfAborted();
      // Without the store nothing can be saved: the activity itself is tried again.
      if (errorCode(error)?.startsWith('store_') === true) throw error;
      const { retryable, ...failure } = jobFailure(deps.redactor, error);
      const again = retryable && work.config.settings.worker.retryOnce && tries < MOST_TRIES;
      if (!again) {
        await failJob(deps, job.job_id, failure, { keepStack: false });
        counts.failed += 1;
        return;
      }
      await delay(TRY_AGAIN_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }
}

/** @throws PlumblineError as the driver's `plan`, and `tool_timeout` when the stack takes too long */
async function planWithinLimit(
  deps: ActivityDeps,
  shared: ToolShared,
  { input, work, side, scratchDir }: Batch,
  { job, signal }: { job: PlannedJob; signal: AbortSignal },
): ReturnType<typeof planJob> {
  const { repo, jobs } = input;
  const { timeoutMs, graceMs } = work.config.settings.scan;
  // Its own time, and that of the tool whose place it waits for.
  const limitMs = 2 * (timeoutMs + graceMs);
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), limitMs);
  const progress = jobs.length === 1 ? work.progress : work.progress.of(job.key);
  const own = { ...work, progress, signal: AbortSignal.any([signal, limit.signal]) };
  const folders = {
    ...stackFolders(deps.dataDir, repo, job.key, ''),
    scratchDir: join(scratchDir, String(jobs.indexOf(job))),
  };
  try {
    return await planJob(deps, shared, { input: { ...job, repo }, folders, work: own, side });
  } catch (error) {
    if (!limit.signal.aborted || signal.aborted) throw error;
    throw new PlumblineError(
      'tool_timeout',
      'Planning took longer than scan.timeout and its grace time allow. Raise scan.timeout, or look for what hangs.',
      { cause: error },
    );
  } finally {
    clearTimeout(timer);
    if (progress !== work.progress) await progress.close();
  }
}
