import {
  CancellationScope,
  ChildWorkflowCancellationType,
  condition,
  executeChild,
  workflowInfo,
} from '@temporalio/workflow';
import type { NextJob } from '../activities/types.ts';
import { failureOf } from './failure.ts';
import type { PlanStackInput, PlanStackResult, ScanProgress, TaskPolicy } from './inputs.ts';
import { light } from './light.ts';
import { planStack } from './plan-stack.ts';
import { kindAttribute, repoAttribute, statusAttribute } from './search-attributes.ts';

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
 * Starts the children of a task, a window of them at a time, and waits until those that were started have ended,
 * also when it is cancelled. Moves `cursor` and counts in `progress`.
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
  while (outcome === 'done') {
    const jobs = await light.nextJobs({
      task_id: window.task_id,
      after: window.cursor,
      limit: window.policy.window,
    });
    if (jobs.length === 0) break;
    for (const job of jobs) {
      await condition(() => running.size < window.policy.window);
      if (workflowInfo().continueAsNewSuggested || started >= MAX_CHILDREN_PER_RUN) {
        outcome = 'more';
        break;
      }
      window.cursor = job.ordinal;
      window.progress.started += 1;
      started += 1;
      const child: Promise<void> = runChild(window, job).finally(() => running.delete(child));
      running.add(child);
    }
  }
  // Either way a cancel still counts while the last children run: the next run would know nothing of it.
  await condition(() => running.size === 0);
  return outcome;
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
