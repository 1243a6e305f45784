import { CancellationScope, condition, isCancellation, patched } from '@temporalio/workflow';
import type { BegunTask, DecidedStack, DecidedStacks, TaskRequest } from '../activities/types.ts';
import { afterApply, afterRestore } from './after-apply.ts';
import { applyChild, commitOf } from './apply-child.ts';
import { failureOf } from './failure.ts';
import type { RepoRequest } from './inputs.ts';
import { light } from './light.ts';
import { type ShownTask, showTask } from './show-task.ts';
import { onToolQueue } from './tool-queue.ts';

/** What applying the stacks of one task needs. */
export interface ApplyWindow extends ShownTask {
  taskId: string;
  begun: BegunTask;
  commit: string;
  request: TaskRequest;
  /** The repo's own queue: a plan that moved is planned again in the next run. */
  queue: RepoRequest[];
}

/** How far the stacks are, by key. */
interface Fates {
  done: string[];
  failed: string[];
  waiting: string[];
  running: Map<string, Promise<void>>;
}

/**
 * Applies the stacks that may be applied, each as soon as it is its turn and as many at once as the window has room for,
 * and presents those that wait for people. What was not applied stops only the stacks that depend on it.
 * Ends when all that was started has ended, also when it is cancelled.
 */
export async function applyWindow(window: ApplyWindow, decided: DecidedStacks): Promise<void> {
  const idle = decided.stacks.filter(({ verdict }) => verdict !== 'apply').map(({ key }) => key);
  const fates: Fates = { done: [], failed: [], waiting: idle, running: new Map() };
  try {
    for (const stack of decided.stacks) await presentOrCount(window, stack);
    await startInOrder(window, decided, fates);
  } finally {
    await CancellationScope.nonCancellable(() => Promise.all(fates.running.values()));
  }
}

async function presentOrCount(window: ApplyWindow, stack: DecidedStack): Promise<void> {
  const { progress } = window;
  if (stack.verdict === 'blocked') progress.blocked = (progress.blocked ?? 0) + 1;
  if (stack.verdict !== 'wait') return;
  try {
    await present(window, stack);
  } catch (error) {
    // One stack that can't be put before people does not keep the others from their turn.
    if (isCancellation(error) || !patched('blocked-when-not-presented')) throw error;
    const reason = `People could not be asked: ${failureOf(error).message}`;
    return await block(window, stack, { blocked_by: [], reason });
  }
  progress.waiting = (progress.waiting ?? 0) + 1;
  showTask(window, 'running');
}

async function present(window: ApplyWindow, stack: DecidedStack): Promise<void> {
  const { repo, policy, taskId, request, begun } = window;
  const { job_id, queue } = stack;
  const { config_version } = begun;
  const options = { queue, policy, jobId: null, summary: `Ask people about ${repo}/${stack.key}` };
  await onToolQueue(options, (tools) =>
    tools.presentApproval({
      task_id: taskId,
      job_id,
      repo,
      commit: commitOf(window, stack),
      config_version,
      request,
    }),
  );
}

async function startInOrder(window: ApplyWindow, decided: DecidedStacks, fates: Fates): Promise<void> {
  const stacks = new Map(decided.stacks.map((stack) => [stack.key, stack]));
  let left = decided.stacks.length - fates.waiting.length;
  const { running } = fates;
  while (left > 0) {
    const { done, failed, waiting } = fates;
    const ended = done.length + failed.length;
    const next = await light.nextApplies({
      order: decided.order,
      progress: { done: [...done], failed: [...failed], waiting: [...waiting], running: [...running.keys()] },
    });
    for (const { key, blocked_by, reason } of next.blocked) {
      await block(window, stacks.get(key)!, { blocked_by, reason });
      waiting.push(key);
      left -= 1;
    }
    for (const key of next.ready.slice(0, window.policy.window - running.size)) {
      left -= 1;
      running.set(
        key,
        applyOne(window, stacks.get(key)!, fates).finally(() => running.delete(key)),
      );
    }
    // What ended while the next ones were asked for counts: only then is it sure that nothing can become ready any more.
    if (running.size === 0 && done.length + failed.length === ended) break;
    await condition(() => done.length + failed.length > ended);
  }
  await condition(() => running.size === 0);
}

async function block(
  window: ApplyWindow,
  { job_id }: DecidedStack,
  because: { blocked_by: string[]; reason: string },
): Promise<void> {
  await light.blockStack({ job_id, ...because });
  window.progress.blocked = (window.progress.blocked ?? 0) + 1;
  showTask(window, 'running');
}

async function applyOne(window: ApplyWindow, stack: DecidedStack, fates: Fates): Promise<void> {
  const result = await applyChild(window, stack);
  if (result.status === 'applied') {
    window.progress.applied = (window.progress.applied ?? 0) + 1;
    if (window.request.to_backup !== undefined) afterRestore(window, stack);
  } else await afterApply(window, stack, result);
  (result.status === 'applied' ? fates.done : fates.failed).push(stack.key);
  showTask(window, 'running');
}
