import { CancellationScope, upsertSearchAttributes } from '@temporalio/workflow';
import { failureOf } from './failure.ts';
import type { PlanStackInput, PlanStackResult } from './inputs.ts';
import { light } from './light.ts';
import { driftedAttribute, statusAttribute } from './search-attributes.ts';
import { onToolQueue } from './tool-queue.ts';

/**
 * One stack of a task: runs its plan on the job's queue and makes sure that the job ends in the store.
 * A stack that failed, or was cancelled, is a result, never an error.
 */
export async function planStack(input: PlanStackInput): Promise<PlanStackResult> {
  const result = await plan(input);
  if (input.policy.search_attributes) {
    upsertSearchAttributes([
      { key: statusAttribute, value: result.error_code === 'cancelled' ? 'cancelled' : result.status },
      { key: driftedAttribute, value: result.drifted ? 1 : 0 },
    ]);
  }
  return result;
}

async function plan(input: PlanStackInput): Promise<PlanStackResult> {
  const options = {
    queue: input.queue,
    policy: input.policy,
    jobId: input.job_id,
    summary: `${input.repo}/${input.key}`,
  };
  try {
    return await onToolQueue(options, (tools) => tools.planStack(input));
  } catch (error) {
    const failure = failureOf(error);
    const { job_id, to_backup } = input;
    const restores = to_backup === undefined ? {} : { to_backup };
    const { outcome } = await CancellationScope.nonCancellable(() =>
      light.failJob({ job_id, error: failure, ...restores }),
    );
    return { status: 'failed', outcome, drifted: false, error_code: failure.code };
  }
}
