import { ApplicationFailure, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { ToolActivities } from '../activities/types.ts';
import { waitedInVain } from './failure.ts';
import type { InspectStackInput, InspectStackResult } from './inspect-inputs.ts';
import { startAWorker, toolQueue } from './queues.ts';

/**
 * Looks at what a stack has, `repo/<repo>/inspect/<key>`, and keeps it in the store. Changes nothing, so that it needs no lock;
 * who asks meanwhile joins it.
 * @throws ApplicationFailure `inspect_unsupported`, `stack_not_found`, `no_worker`, `wrong_workflow_id`, and as a plan
 */
export async function inspectStack(input: InspectStackInput): Promise<InspectStackResult> {
  const { workflowId, taskQueue } = workflowInfo();
  const expected = `repo/${input.repo}/inspect/${input.key}`;
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
    startToCloseTimeout: '5 minutes',
    heartbeatTimeout: '1 minute',
    retry: { maximumAttempts: 1 },
    summary: `${input.repo}/${input.key}`,
  });
  try {
    return await tools.inspectStack(input);
  } catch (error) {
    if (!waitedInVain(error)) throw error;
    throw ApplicationFailure.nonRetryable(
      `No worker took it from the task queue "${queue}" within a minute. ${startAWorker(queue, taskQueue)}`,
      'no_worker',
    );
  }
}
