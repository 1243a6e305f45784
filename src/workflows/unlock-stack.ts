import { ApplicationFailure, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { ToolActivities } from '../activities/types.ts';
import { waitedInVain } from './failure.ts';
import type { UnlockStackInput, UnlockStackResult } from './inputs.ts';
import { startAWorker, toolQueue } from './queues.ts';

/**
 * Looks at the lock of a stack's state, `repo/<repo>/unlock/<key>`, and with `release` releases it where a dead worker of
 * Plumbline's own has left it. One at a time for each stack; refused while the repo's task may apply.
 * @throws ApplicationFailure `lock_foreign`, `lock_changed`, `lock_in_use`, `unlock_unsupported`, `stack_not_found`,
 *   `no_worker`, `wrong_workflow_id`
 */
export async function unlockStack(input: UnlockStackInput): Promise<UnlockStackResult> {
  const { workflowId, taskQueue } = workflowInfo();
  const expected = `repo/${input.repo}/unlock/${input.key}`;
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
    startToCloseTimeout: '30 minutes',
    heartbeatTimeout: '1 minute',
    retry: { maximumAttempts: 1 },
    summary: `${input.repo}/${input.key}`,
  });
  try {
    return await tools.unlockStack(input);
  } catch (error) {
    if (!waitedInVain(error)) throw error;
    throw ApplicationFailure.nonRetryable(
      `No worker took it from the task queue "${queue}" within a minute. ${startAWorker(queue, taskQueue)}`,
      'no_worker',
    );
  }
}
