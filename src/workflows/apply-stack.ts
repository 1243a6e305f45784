import {
  ActivityCancellationType,
  type ActivityInterfaceFor,
  ApplicationFailure,
  CancellationScope,
  patched,
  proxyActivities,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { ToolActivities } from '../activities/types.ts';
import { failureOf, waitedInVain } from './failure.ts';
import type { ApplyStackInput, ApplyStackResult } from './inputs.ts';
import { light } from './light.ts';
import { startAWorker } from './queues.ts';
import { statusAttribute } from './search-attributes.ts';
import { onToolQueue } from './tool-queue.ts';

/** An apply does what a plan does twice, and changes things in between. */
const APPLY_TIMES_PLAN = 4;

/**
 * One stack's apply. It only asks: the activity is the gate, which verifies against the store that this plan may be applied
 * and that nobody has begun to. Started by hand or reset it therefore changes nothing. An apply that was lost is never
 * begun again; what became of it is found out instead. What failed is a result, never an error.
 */
export async function applyStack(input: ApplyStackInput): Promise<ApplyStackResult> {
  const result = await apply(input);
  if (input.policy.search_attributes) {
    upsertSearchAttributes([{ key: statusAttribute, value: result.status }]);
  }
  return result;
}

async function apply(input: ApplyStackInput): Promise<ApplyStackResult> {
  try {
    return await onceOnToolQueue(input);
  } catch (error) {
    const failure = failureOf(error);
    return await CancellationScope.nonCancellable(() => lookAfter(input, failure));
  }
}

/** Waits on while workers are there that are merely busy: nothing has begun then. */
async function onceOnToolQueue(input: ApplyStackInput): Promise<ApplyStackResult> {
  for (;;) {
    try {
      return await toolProxy(input).applyStack(input);
    } catch (error) {
      if (!waitedInVain(error)) throw error;
      const { pollers } = await light.lookAtQueue({ queue: input.queue, job_id: null });
      if (pollers === 0) {
        throw ApplicationFailure.nonRetryable(
          `No worker polled the task queue "${input.queue}". ${startAWorker(input.queue, workflowInfo().taskQueue)}`,
          'no_worker',
        );
      }
    }
  }
}

function toolProxy({ queue, policy, repo, key }: ApplyStackInput): ActivityInterfaceFor<ToolActivities> {
  return proxyActivities<ToolActivities>({
    taskQueue: queue,
    scheduleToStartTimeout: policy.no_worker_after_ms,
    startToCloseTimeout: APPLY_TIMES_PLAN * policy.plan_limit_ms,
    heartbeatTimeout: policy.lock_ttl_ms,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { maximumAttempts: 1 },
    summary: `${repo}/${key}`,
  });
}

/** What became of an activity that did not say so itself. */
async function lookAfter(
  input: ApplyStackInput,
  failure: { code: string; message: string },
): Promise<ApplyStackResult> {
  const found = await light.findAttempt({ job_id: input.job_id });
  const none = { digest: null, error_code: failure.code, message: failure.message };
  if (found.attempt_id === null) return { status: 'failed', attempt_id: null, ...none };
  const result = await recover(input, found.queue ?? input.queue);
  // The attempt stays open in the store: the workers go on looking after it.
  return result ?? { status: 'unknown', attempt_id: found.attempt_id, ...none };
}

/** Asks the workers of this queue, and where nobody polls it those who look after the attempt by now; undefined: nobody knows. */
async function recover(input: ApplyStackInput, queue: string): Promise<ApplyStackResult | undefined> {
  const { policy } = input;
  try {
    const summary = `What became of ${input.repo}/${input.key}`;
    return await onToolQueue({ queue, policy, jobId: null, summary }, (tools) => tools.recoverAttempt(input));
  } catch (error) {
    if (failureOf(error).code !== 'no_worker' || !patched('follows-renamed-queue')) return undefined;
    const { queue: now = queue } = await light.findAttempt({ job_id: input.job_id });
    return now === queue ? undefined : await recover(input, now);
  }
}
