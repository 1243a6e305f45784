import { CancellationScope, condition, workflowInfo } from '@temporalio/workflow';
import type { DecidedPage, DecidedStack } from '../activities/types.ts';
import { applyAndCount, type ApplyWindow } from './apply-window.ts';
import { askPeople } from './ask-people.ts';
import type { DecisionStage } from './decision-stage.ts';
import { light } from './light.ts';
import { showTask } from './show-task.ts';

/** A run starts no more applies than this, so that its history stays far below the server's limits. */
const MAX_APPLIES_PER_RUN = 500;

/** A task whose plans are made. */
export interface PagedTask extends ApplyWindow {
  /** Moved as the work goes on. */
  stage: DecisionStage;
  /** Only says what would be done. */
  dryRun: boolean;
  decide: (page: { after: number; limit: number }) => Promise<DecidedPage>;
}

type Outcome = 'done' | 'more';

/**
 * Decides on a task's stacks, asks people, and applies, some stacks at a time: what was decided, and what became of it, is in the
 * store, and this knows counts only. Ends when all that was started has ended, also when it is cancelled. Answers `more` when the
 * history has grown so far that the workflow should continue as new, from `stage`.
 */
export async function decideInPages(task: PagedTask): Promise<Outcome> {
  const { stage, progress } = task;
  const { applied, waiting, blocked, apply_failed } = stage;
  Object.assign(progress, { applied, waiting, blocked, apply_failed });
  const steps = { deciding: decideAll, asking: askAll, applying: applyAll };
  const names = ['deciding', 'asking', 'applying'] as const;
  for (const name of names.slice(names.indexOf(stage.name))) {
    Object.assign(stage, { name, after: stage.name === name ? stage.after : -1 });
    progress.phase = name === 'deciding' ? 'deciding' : 'applying';
    const outcome = await steps[name](task);
    const { applied = 0, waiting = 0, blocked = 0, apply_failed = 0 } = progress;
    Object.assign(stage, { applied, waiting, blocked, apply_failed });
    if (outcome === 'more') return 'more';
    if (task.dryRun) break;
  }
  return 'done';
}

async function decideAll({ stage, policy, progress, decide, dryRun }: PagedTask): Promise<Outcome> {
  for (;;) {
    const page = await decide({ after: stage.after, limit: policy.window });
    if (page.next === null) {
      stage.unchanged = page.unchanged;
      progress.blocked = page.blocked;
      if (dryRun) progress.waiting = page.waiting;
      return 'done';
    }
    stage.after = page.next;
    if (workflowInfo().continueAsNewSuggested) return 'more';
  }
}

async function askAll(task: PagedTask): Promise<Outcome> {
  const { stage, taskId, policy } = task;
  for (;;) {
    const page = { task_id: taskId, after: stage.after, limit: policy.window };
    const { stacks, last } = await light.nextWaiting(page);
    if (stacks.length === 0) return 'done';
    await askPeople(task, stacks);
    stage.after = last;
    if (workflowInfo().continueAsNewSuggested) return 'more';
  }
}

/** What is under way in one run. */
interface Applying {
  running: Map<string, Promise<void>>;
  /** What the store has not been told yet. */
  ended: { job_id: string; done: boolean }[];
}

async function applyAll(task: PagedTask): Promise<Outcome> {
  const applying: Applying = { running: new Map(), ended: [] };
  try {
    const outcome = await startInTurn(task, applying);
    await condition(() => applying.running.size === 0);
    if (applying.ended.length > 0) await nextTurn(task, applying, 0);
    return outcome;
  } finally {
    await CancellationScope.nonCancellable(() => Promise.all(applying.running.values()));
  }
}

async function startInTurn(task: PagedTask, applying: Applying): Promise<Outcome> {
  const { running, ended } = applying;
  let started = 0;
  for (;;) {
    const ready = await nextTurn(task, applying, task.policy.window);
    // What ended while this was asked for counts: only then is it sure that nothing can become ready any more.
    if (ready.length === 0 && running.size === 0 && ended.length === 0) return 'done';
    for (const stack of ready) {
      await condition(() => running.size < task.policy.window);
      if (workflowInfo().continueAsNewSuggested || started >= MAX_APPLIES_PER_RUN) return 'more';
      started += 1;
      running.set(
        stack.key,
        applyOne(task, stack, applying).finally(() => running.delete(stack.key)),
      );
    }
    if (ready.length === 0) await condition(() => ended.length > 0);
  }
}

async function applyOne(task: PagedTask, stack: DecidedStack, { ended }: Applying): Promise<void> {
  const done = await applyAndCount(task, stack);
  ended.push({ job_id: stack.job_id, done });
  showTask(task, 'running');
}

/** Tells the store what has ended, and asks it whose turn it is. */
async function nextTurn(
  { taskId, progress }: PagedTask,
  { running, ended }: Applying,
  limit: number,
): Promise<DecidedStack[]> {
  const told = ended.splice(0, ended.length);
  const next = await light.nextTurn({ task_id: taskId, ended: told, running: [...running.keys()], limit });
  progress.blocked = (progress.blocked ?? 0) + next.blocked;
  return next.ready;
}
