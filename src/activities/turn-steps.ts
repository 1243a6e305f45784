import { blockedBy, blockedReason, nextReady } from '../domain/order/apply-order.ts';
import { orderOf, type PlacedStack, progressOf } from '../domain/order/decided-order.ts';
import type { Job } from '../domain/task.ts';
import type { Verdict } from '../domain/eligibility/verdict.ts';
import type { ActivityDeps } from './deps.ts';
import { jobsOfTask } from './task-jobs.ts';
import type { DecidedStack, LightActivities } from './types.ts';

type TurnSteps = Pick<LightActivities, 'nextWaiting' | 'nextTurn'>;

/** The short steps that take a task's decisions out of the store, some at a time. */
export function createTurnSteps(deps: ActivityDeps): TurnSteps {
  return {
    nextWaiting: ({ task_id, after, limit }) => nextWaiting(deps, task_id, { after, limit }),
    nextTurn: (input) => nextTurn(deps, input),
  };
}

interface Decided extends PlacedStack {
  job: Job;
  verdict: Verdict;
}

async function decidedOf({ store }: ActivityDeps, taskId: string): Promise<Decided[]> {
  const verdicts = await store.verdicts.listByTask(taskId);
  return (await jobsOfTask({ store }, taskId)).flatMap((job): Decided[] => {
    const verdict = verdicts[job.id];
    return verdict ? [{ key: job.stackKey, job, verdict }] : [];
  });
}

function decidedStack({ job, verdict }: Decided): DecidedStack {
  const { id: job_id, stackKey: key, digest, queue, commit } = job;
  return {
    job_id,
    key,
    digest: digest ?? '',
    queue,
    commit,
    verdict: verdict.kind as DecidedStack['verdict'],
  };
}

async function nextWaiting(
  deps: ActivityDeps,
  taskId: string,
  { after, limit }: { after: number; limit: number },
): ReturnType<LightActivities['nextWaiting']> {
  const waiting = (await decidedOf(deps, taskId))
    .filter(({ job, verdict }) => verdict.kind === 'wait' && job.ordinal > after)
    .slice(0, limit);
  return { stacks: waiting.map(decidedStack), last: waiting.at(-1)?.job.ordinal ?? after };
}

/** Writes down what ended, then blocks what that keeps from its turn, then says whose turn it is. Safe to run again. */
async function nextTurn(
  deps: ActivityDeps,
  { task_id, ended, running, limit }: Parameters<LightActivities['nextTurn']>[0],
): ReturnType<LightActivities['nextTurn']> {
  const stacks = await decidedOf(deps, task_id);
  const fates = new Map(
    ended.map(({ job_id, done }) => [job_id, done ? ('done' as const) : ('failed' as const)]),
  );
  for (const stack of stacks) {
    const fate = fates.get(stack.job.id);
    if (fate !== undefined) await put(deps, stack, { ...stack.verdict, fate });
  }
  const order = orderOf(stacks);
  const progress = progressOf(stacks, running);
  const known = new Map(stacks.map((stack) => [stack.key, stack]));
  let blocked = 0;
  for (const stack of stacks) {
    const { kind, fate, place } = stack.verdict;
    if (kind !== 'apply' || fate !== undefined || !place || progress.running.has(stack.key)) continue;
    const reason = blockedReason(order, stack.key, progress);
    if (!reason) continue;
    const by = blockedBy(order, stack.key, progress);
    const reasons = [{ code: 'blocked_by', message: reason.message }];
    await put(deps, stack, { kind: 'blocked', reasons, rule: null, blockedBy: by, place });
    blocked += 1;
  }
  const ready = nextReady(order, progressOf(stacks, running)).slice(0, limit);
  return { ready: ready.map((key) => decidedStack(known.get(key)!)), blocked };
}

async function put({ store }: ActivityDeps, stack: Decided, verdict: Verdict): Promise<void> {
  stack.verdict = verdict;
  await store.verdicts.put(stack.job.id, verdict);
}
