import {
  ActivityCancellationType,
  ApplicationFailure,
  type ActivityInterfaceFor,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { ToolActivities } from '../activities/types.ts';
import { waitedInVain } from './failure.ts';
import type { TaskPolicy } from './inputs.ts';
import { light } from './light.ts';
import { startAWorker } from './queues.ts';

/** A tool is started at most this often for one job, whatever happens to its workers. */
const MAX_ATTEMPTS = 2;

export interface ToolQueueOptions {
  queue: string;
  policy: TaskPolicy;
  /** Whose attempts count; null for steps that are no job. */
  jobId: string | null;
  /** Stands beside the activity in the Web UI. */
  summary: string;
}

/**
 * Runs an activity on a tool queue. It is cancelled only once its tool has ended; a lost worker gives it one more
 * attempt. When nobody takes it in time the server is asked whether anybody polls the queue: if so it waits on.
 * @throws ApplicationFailure `no_worker` when nobody polls, `worker_lost` when both attempts are used up
 */
export async function onToolQueue<T>(
  options: ToolQueueOptions,
  call: (tools: ActivityInterfaceFor<ToolActivities>) => Promise<T>,
): Promise<T> {
  let attemptsLeft = MAX_ATTEMPTS;
  for (;;) {
    try {
      return await call(toolProxy(options, attemptsLeft));
    } catch (error) {
      if (!waitedInVain(error)) throw error;
      const seen = await light.lookAtQueue({ queue: options.queue, job_id: options.jobId });
      if (seen.pollers === 0) throw noWorker(options);
      attemptsLeft = MAX_ATTEMPTS - seen.attempts;
      if (attemptsLeft < 1)
        throw ApplicationFailure.nonRetryable('Both attempts lost their worker.', 'worker_lost');
    }
  }
}

function toolProxy(options: ToolQueueOptions, maximumAttempts: number): ActivityInterfaceFor<ToolActivities> {
  return proxyActivities<ToolActivities>({
    taskQueue: options.queue,
    scheduleToStartTimeout: options.policy.no_worker_after_ms,
    startToCloseTimeout: options.policy.plan_limit_ms,
    heartbeatTimeout: options.policy.lock_ttl_ms,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { initialInterval: '1 second', backoffCoefficient: 1, maximumAttempts },
    summary: options.summary,
  });
}

function noWorker({ queue, policy }: ToolQueueOptions): ApplicationFailure {
  const waited = `${Math.round(policy.no_worker_after_ms / 1000)} s`;
  return ApplicationFailure.nonRetryable(
    `No worker polled the task queue "${queue}" for ${waited}. ${startAWorker(queue, workflowInfo().taskQueue)}`,
    'no_worker',
  );
}
