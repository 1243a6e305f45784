import {
  CancellationScope,
  ChildWorkflowCancellationType,
  condition,
  executeChild,
  patched,
  workflowInfo,
} from '@temporalio/workflow';
import type { NextJob } from '../activities/job-types.ts';
import { failureOf } from './failure.ts';
import type { PlanStackInput, PlanStackResult, ScanProgress, TaskPolicy } from './inputs.ts';
import { light } from './light.ts';
import { planBatch } from './plan-batch.ts';
import { planStack } from './plan-stack.ts';
import { kindAttribute, repoAttribute, statusAttribute } from './search-attributes.ts';

/** Batches at once: enough for several workers, and one can begin while the last stacks of another are planned. */
const BATCHES_AT_ONCE = 4;
/** A run starts no more children than this, so that its history stays far below the server's limits. */
const MAX_CHILDREN_PER_RUN = 2_000;

export interface PlanWindow {
  task_id: string;
  repo: string;
  commit: string;
  config_version: number;
  policy: TaskPolicy;
  /** The one job plans the return to this backup. */
  to_backup?: string | undefined;
  /** The last ordinal whose job was started. */
  cursor: number;
  progress: ScanProgress;
  /** Called when `progress` has changed. */
  showProgress: () => void;
}

/**
 * Starts the children of a task, a window of them at a time, and one activity for those that can be planned side by side.
 * Waits until all that was started has ended, also when it is cancelled. Moves `cursor` and counts in `progress`.
 * Answers `more` when the history has grown so far that the workflow should continue as new.
 */
export async function planWindow(window: PlanWindow): Promise<'done' | 'more'> {
  const running = new Set<Promise<void>>();
  try {
    return await startChildren(window, running);
  } finally {
    await CancellationScope.nonCancellable(() => Promise.all(running));
  }
}

async function startChildren(window: PlanWindow, running: Set<Promise<void>>): Promise<'done' | 'more'> {
  let started = 0;
  let outcome: 'done' | 'more' = 'done';
  const batches = new Set<Promise<void>>();
  while (outcome === 'done') {
    const jobs = await light.nextJobs({
      task_id: window.task_id,
      after: window.cursor,
      limit: window.policy.window,
    });
    if (jobs.length === 0) break;
    const page = { window, running, batches, left: new Set(jobs.map(({ ordinal }) => ordinal)) };
    for (const unit of unitsOf(window, jobs)) {
      await condition(() => running.size < window.policy.window);
      if (unit.batch) await condition(() => batches.size < BATCHES_AT_ONCE);
      if (workflowInfo().continueAsNewSuggested || started >= MAX_CHILDREN_PER_RUN) {
        outcome = 'more';
        break;
      }
      started += 1;
      startUnit(page, unit);
    }
  }
  // Either way a cancel still counts while the last children run: the next run would know nothing of it.
  await condition(() => running.size === 0);
  return outcome;
}

/** Jobs that are started together. */
interface Page {
  window: PlanWindow;
  running: Set<Promise<void>>;
  /** Those of them that plan several stacks. */
  batches: Set<Promise<void>>;
  /** The ordinals of those that have not been started. */
  left: Set<number>;
}

/** What is started as one: the plan of a job, or of several that one activity plans. */
interface Unit {
  batch: boolean;
  jobs: NextJob[];
}

/** A child for each job, and a batch for those of a queue whose drivers plan many. */
function unitsOf({ to_backup }: PlanWindow, jobs: readonly NextJob[]): Unit[] {
  const wanted = to_backup === undefined && jobs.some(({ many }) => many === true);
  if (!wanted || !patched('plans-many')) return jobs.map((job) => ({ batch: false, jobs: [job] }));
  const units = new Map<string, Unit>();
  for (const job of jobs) {
    const batch = job.many === true;
    const name = batch ? `queue ${job.queue}` : `job ${job.ordinal}`;
    const unit = units.get(name);
    if (unit) unit.jobs.push(job);
    else units.set(name, { batch, jobs: [job] });
  }
  return [...units.values()];
}

function startUnit({ window, running, batches, left }: Page, { batch, jobs }: Unit): void {
  const last = Math.max(...left);
  for (const { ordinal } of jobs) left.delete(ordinal);
  // Of a page that is not started in its order, the next run would go on with the first that is left.
  window.cursor = left.size === 0 ? last : Math.min(...left) - 1;
  window.progress.started += jobs.length;
  const work: Promise<void> = (batch ? runBatch(window, jobs) : runChild(window, jobs[0]!)).finally(() => {
    running.delete(work);
    batches.delete(work);
  });
  running.add(work);
  if (batch) batches.add(work);
}

async function runBatch(window: PlanWindow, jobs: readonly NextJob[]): Promise<void> {
  const { progress } = window;
  const { failed, drifted, left } = await planBatch(window, jobs);
  progress.finished += jobs.length - left.length;
  progress.failed += failed;
  progress.drifted += drifted;
  window.showProgress();
  // One after the other, so that the one that takes its worker with it is the only one to fail.
  for (const job of left) await runChild(window, job);
}

async function runChild(window: PlanWindow, job: NextJob): Promise<void> {
  const result = await planChild(window, job);
  window.progress.finished += 1;
  if (result.status === 'failed') window.progress.failed += 1;
  if (result.drifted) window.progress.drifted += 1;
  window.showProgress();
}

/** The child's result; a child that ended any other way (terminated by hand, say) counts as a failed job. */
async function planChild(window: PlanWindow, job: NextJob): Promise<PlanStackResult> {
  const { task_id, repo, config_version, policy, to_backup } = window;
  const commit = job.commit ?? window.commit;
  const input: PlanStackInput = {
    task_id,
    job_id: job.job_id,
    repo,
    key: job.key,
    commit,
    config_version,
    queue: job.queue,
    policy,
    ...(to_backup === undefined ? {} : { to_backup }),
  };
  try {
    return await executeChild(planStack, {
      workflowId: `${workflowInfo().workflowId}/plan/${job.key}`,
      args: [input],
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      staticSummary: `Plan ${job.key} of ${repo}`,
      staticDetails: `Task ${task_id}, commit ${commit}, job ${job.job_id}`,
      ...(policy.search_attributes
        ? {
            typedSearchAttributes: [
              { key: repoAttribute, value: repo },
              { key: kindAttribute, value: 'plan' },
              { key: statusAttribute, value: 'running' },
            ],
          }
        : {}),
    });
  } catch (error) {
    const failure = failureOf(error);
    const { outcome } = await CancellationScope.nonCancellable(() =>
      light.failJob({
        job_id: job.job_id,
        error: failure,
        ...(to_backup === undefined ? {} : { to_backup }),
      }),
    );
    return { status: 'failed', outcome, drifted: false, error_code: failure.code };
  }
}
