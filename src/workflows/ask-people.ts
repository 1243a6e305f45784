import { CancellationScope, condition, isCancellation, patched } from '@temporalio/workflow';
import type { DecidedStack } from '../activities/types.ts';
import { commitOf } from './apply-child.ts';
import type { ApplyWindow } from './apply-window.ts';
import { block } from './block-stack.ts';
import { failureOf } from './failure.ts';
import { showTask } from './show-task.ts';
import { onToolQueue } from './tool-queue.ts';

/**
 * Puts the stacks that wait for people before them, side by side, as each is planned once more for that, and counts those that
 * are blocked. Ends when all that was begun has ended, also when it is cancelled.
 */
export async function askPeople(window: ApplyWindow, stacks: readonly DecidedStack[]): Promise<void> {
  if (!patched('plans-twice')) {
    for (const stack of stacks) await presentOrCount(window, stack);
    return;
  }
  const running = new Set<Promise<void>>();
  const failed: unknown[] = [];
  try {
    for (const stack of stacks) {
      await condition(() => running.size < window.policy.window);
      const asked: Promise<void> = presentOrCount(window, stack)
        .catch((error: unknown) => void failed.push(error))
        .finally(() => running.delete(asked));
      running.add(asked);
    }
    await condition(() => running.size === 0);
  } finally {
    await CancellationScope.nonCancellable(() => Promise.all(running));
  }
  if (failed.length > 0) throw failed[0];
}

async function presentOrCount(window: ApplyWindow, stack: DecidedStack): Promise<void> {
  const { progress } = window;
  if (stack.verdict === 'blocked') progress.blocked = (progress.blocked ?? 0) + 1;
  if (stack.verdict !== 'wait') return;
  try {
    const asked = await present(window, stack);
    if (asked) progress.waiting = (progress.waiting ?? 0) + 1;
    else progress.blocked = (progress.blocked ?? 0) + 1;
  } catch (error) {
    // One stack that can't be put before people does not keep the others from their turn.
    if (isCancellation(error) || !patched('blocked-when-not-presented')) throw error;
    const reason = `People could not be asked: ${failureOf(error).message}`;
    return await block(window, stack, { blocked_by: [], reason });
  }
  showTask(window, 'running');
}

/** Whether people were asked: nobody is about a plan that moves by itself. */
async function present(window: ApplyWindow, stack: DecidedStack): Promise<boolean> {
  const { repo, policy, taskId, request, begun } = window;
  const { job_id, key, queue } = stack;
  const { config_version } = begun;
  const options = { queue, policy, jobId: null, summary: `Ask people about ${repo}/${stack.key}` };
  const { approval_id } = await onToolQueue(options, (tools) =>
    tools.presentApproval({
      task_id: taskId,
      job_id,
      key,
      repo,
      commit: commitOf(window, stack),
      config_version,
      request,
    }),
  );
  return approval_id !== null;
}
