import { CancellationScope } from '@temporalio/workflow';
import type { NextJob } from '../activities/job-types.ts';
import { failureOf } from './failure.ts';
import { light } from './light.ts';
import type { PlanWindow } from './plan-window.ts';
import { onToolQueue } from './tool-queue.ts';

/** What became of a batch. */
export interface PlannedBatch {
  failed: number;
  drifted: number;
  /** Jobs that nobody knows a result of: to be planned alone. */
  left: readonly NextJob[];
}

/**
 * Plans the jobs of one queue in one activity, and makes sure that each ends in the store. Where both attempts lost their
 * worker, what was planned before counts, and the rest is left.
 */
export async function planBatch(window: PlanWindow, jobs: readonly NextJob[]): Promise<PlannedBatch> {
  const { task_id, repo, config_version, policy } = window;
  const options = {
    queue: jobs[0]!.queue,
    policy: { ...policy, plan_limit_ms: jobs.length * policy.plan_limit_ms },
    jobId: null,
    summary: jobs.length === 1 ? `${repo}/${jobs[0]!.key}` : `${jobs.length} stacks of ${repo}`,
  };
  const wanted = jobs.map(({ job_id, key, commit = window.commit }) => ({ job_id, key, commit }));
  try {
    const planned = await onToolQueue(options, (tools) =>
      tools.planStacks({ task_id, repo, config_version, jobs: wanted }),
    );
    return { ...planned, left: [] };
  } catch (error) {
    const failure = failureOf(error);
    const job_ids = jobs.map(({ job_id }) => job_id);
    const lost = failure.code === 'worker_lost';
    const settled = await CancellationScope.nonCancellable(() =>
      light.settleJobs({ job_ids, error: lost ? null : failure }),
    );
    if (!lost) return { ...settled, left: [] };
    const left = jobs.filter(({ job_id }) => settled.left.includes(job_id));
    return { failed: settled.failed - left.length, drifted: settled.drifted, left };
  }
}
