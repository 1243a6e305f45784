import { placesOf } from '../domain/order/decided-order.ts';
import type { Verdict } from '../domain/eligibility/verdict.ts';
import { behindOthers, decideJob, orderOfOpen, type Placing, readNeeds } from './decide-stacks.ts';
import type { ActivityDeps } from './deps.ts';
import { jobsOfTask } from './task-jobs.ts';
import { taskActivity, type ToolShared, type ToolWork } from './tool-activity.ts';
import type { DecidedPage, DecidePageInput, ToolActivities } from './types.ts';

/** The activity that decides on some of a task's stacks at a time, and with the last of them on their order. */
export function createDecidePage(deps: ActivityDeps, shared: ToolShared): ToolActivities['decidePage'] {
  return (input) => taskActivity(deps, shared, input, (work) => decidePage(deps, input, work));
}

async function decidePage(deps: ActivityDeps, input: DecidePageInput, work: ToolWork): Promise<DecidedPage> {
  work.progress.step('Deciding what becomes of the plans');
  const { task_id, after, limit } = input;
  const jobs = await deps.store.jobs.listByTask(task_id, { afterOrdinal: after, limit });
  for (const job of jobs) {
    work.signal.throwIfAborted();
    await decideJob(deps, input, job, work);
  }
  const last = jobs.at(-1);
  if (last && jobs.length === limit) return { next: last.ordinal, unchanged: 0, waiting: 0, blocked: 0 };
  return await placeAll(deps, input, work);
}

/** Works out the order of all that has something to do, and keeps each stack's place with its verdict. */
async function placeAll(deps: ActivityDeps, input: DecidePageInput, work: ToolWork): Promise<DecidedPage> {
  const { task_id } = input;
  const verdicts = await deps.store.verdicts.listByTask(task_id);
  const jobs = await jobsOfTask(deps, task_id);
  const decided = jobs.flatMap((job): Placing[] => {
    const verdict = verdicts[job.id];
    return verdict ? [{ job, verdict }] : [];
  });
  const open = decided.filter(({ verdict }) => verdict.kind !== 'nothing');
  const needs = await readNeeds(deps, work, input, { jobs, open });
  const places = placesOf(orderOfOpen(work, open, needs));
  for (const stack of open) {
    work.signal.throwIfAborted();
    const verdict = behindOthers(stack, needs) ?? stack.verdict;
    stack.verdict = { ...verdict, place: places.get(stack.job.stackKey)! };
    await deps.store.verdicts.put(stack.job.id, stack.verdict);
  }
  const count = (kind: Verdict['kind']) => open.filter(({ verdict }) => verdict.kind === kind).length;
  const unchanged = decided.filter(({ verdict }) => verdict.kind === 'nothing' && !verdict.would).length;
  return { next: null, unchanged, waiting: count('wait'), blocked: count('blocked') };
}
