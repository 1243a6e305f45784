import { CancellationScope, condition } from '@temporalio/workflow';
import type { BegunTask, DecidedStack, DecidedStacks, TaskRequest } from '../activities/types.ts';
import { afterApply, afterRestore } from './after-apply.ts';
import { applyChild } from './apply-child.ts';
import { askPeople } from './ask-people.ts';
import { block } from './block-stack.ts';
import type { RepoRequest } from './inputs.ts';
import { light } from './light.ts';
import { type ShownTask, showTask } from './show-task.ts';

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
    await askPeople(window, decided.stacks);
    await startInOrder(window, decided, fates);
  } finally {
    await CancellationScope.nonCancellable(() => Promise.all(fates.running.values()));
  }
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

async function applyOne(window: ApplyWindow, stack: DecidedStack, fates: Fates): Promise<void> {
  const done = await applyAndCount(window, stack);
  (done ? fates.done : fates.failed).push(stack.key);
  showTask(window, 'running');
}

/** Applies one stack and sees to what follows from it; whether it was applied. */
export async function applyAndCount(window: ApplyWindow, stack: DecidedStack): Promise<boolean> {
  const result = await applyChild(window, stack);
  if (result.status === 'applied') {
    window.progress.applied = (window.progress.applied ?? 0) + 1;
    if (window.request.to_backup !== undefined) afterRestore(window, stack, result);
  } else await afterApply(window, stack, result);
  return result.status === 'applied';
}
