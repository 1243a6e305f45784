import {
  type ActivityInterfaceFor,
  ApplicationFailure,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { ToolActivities } from '../activities/types.ts';
import { waitedInVain } from './failure.ts';
import { startAWorker, toolQueue } from './queues.ts';

/** A step about one stack that is nobody's task. */
export interface StackStep {
  /** Its workflow ID is `repo/<repo>/<verb>/<key>`, so that there is one at a time. */
  verb: 'inspect' | 'unlock';
  startToCloseTimeout: '5 minutes' | '30 minutes';
}

/**
 * Runs one activity about a stack, once, on the stack's queue.
 * @throws ApplicationFailure `wrong_workflow_id`, `no_worker`, and what the activity throws
 */
export async function onOneWorker<T>(
  { verb, startToCloseTimeout }: StackStep,
  input: { repo: string; key: string; queue?: string },
  call: (tools: ActivityInterfaceFor<ToolActivities>) => Promise<T>,
): Promise<T> {
  const { workflowId, taskQueue } = workflowInfo();
  const expected = `repo/${input.repo}/${verb}/${input.key}`;
  if (workflowId !== expected) {
    throw ApplicationFailure.nonRetryable(
      `This was started as "${workflowId}", but its workflow ID must be "${expected}", so that there is one per stack.`,
      'wrong_workflow_id',
    );
  }
  const queue = input.queue ?? toolQueue(taskQueue);
  const tools = proxyActivities<ToolActivities>({
    taskQueue: queue,
    scheduleToStartTimeout: '1 minute',
    startToCloseTimeout,
    heartbeatTimeout: '1 minute',
    retry: { maximumAttempts: 1 },
    summary: `${input.repo}/${input.key}`,
  });
  try {
    return await call(tools);
  } catch (error) {
    if (!waitedInVain(error)) throw error;
    throw ApplicationFailure.nonRetryable(
      `No worker took it from the task queue "${queue}" within a minute. ${startAWorker(queue, taskQueue)}`,
      'no_worker',
    );
  }
}
