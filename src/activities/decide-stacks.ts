import { planOrder } from '../domain/apply-order.ts';
import type { Job } from '../domain/task.ts';
import type { Verdict, VerdictReason } from '../domain/verdict.ts';
import type { ActivityDeps } from './deps.ts';
import { type PinnedConfig, repoOf } from './pinned-config.ts';
import { policyFor, type StackFacts, stackFacts } from './stack-facts.ts';
import { stackVerdict } from './stack-verdict.ts';
import { jobsOfTask } from './task-jobs.ts';
import { taskActivity, type ToolShared, type ToolWork } from './tool-activity.ts';
import type { DecidedStack, DecidedStacks, DecideStacksInput, ToolActivities } from './types.ts';

/** The activity that decides what becomes of each planned stack of a task. */
export function createDecideStacks(deps: ActivityDeps, shared: ToolShared): ToolActivities['decideStacks'] {
  return (input) => taskActivity(deps, shared, input, (work) => decideTask(deps, input, work));
}

interface Decided {
  job: Job;
  verdict: Verdict;
  digest: string;
  dependsOn: readonly string[];
  order: number;
}

async function decideTask(
  deps: ActivityDeps,
  input: DecideStacksInput,
  work: ToolWork,
): Promise<DecidedStacks> {
  work.progress.step('Deciding what becomes of the plans');
  const decided: Decided[] = [];
  for (const job of await jobsOfTask(deps, input.task_id)) {
    work.signal.throwIfAborted();
    decided.push(await decideJob(deps, input, job, work));
  }
  const open = decided.filter(({ verdict }) => verdict.kind !== 'nothing');
  return {
    stacks: open.map(({ job, verdict, digest }) => ({
      job_id: job.id,
      key: job.stackKey,
      digest,
      queue: job.queue,
      commit: job.commit,
      verdict: verdict.kind as DecidedStack['verdict'],
    })),
    order: planOrder(open.map(({ job, dependsOn, order }) => ({ key: job.stackKey, dependsOn, order }))),
    unchanged: decided.filter(({ verdict }) => verdict.kind === 'nothing' && !verdict.would).length,
  };
}

async function decideJob(
  deps: ActivityDeps,
  { request }: DecideStacksInput,
  job: Job,
  { config, signal }: ToolWork,
): Promise<Decided> {
  const facts = await stackFacts(deps, config, job.id, signal);
  const decided = stackVerdict(deps, config.settings, facts, request);
  const verdict = {
    ...decided,
    reasons: [...decided.reasons, ...(await newerCommit(config, facts, signal))],
  };
  await deps.store.verdicts.put(job.id, verdict);
  const { order } = policyFor(config.settings, facts);
  return { job, verdict, digest: facts.plan?.digest ?? '', dependsOn: facts.stack.dependsOn, order };
}

/** A repair is made at what was synced last: what Git wants by now is said, and left to a sync. */
async function newerCommit(
  { settings, git }: PinnedConfig,
  { task, job, stack }: StackFacts,
  signal: AbortSignal,
): Promise<VerdictReason[]> {
  if (task.kind !== 'reconcile' || job.commit === task.commit) return [];
  const range = { base: job.commit, commit: task.commit, paths: stack.path === '.' ? [] : [stack.path] };
  const call = { signal, onProgress: () => undefined };
  const { commits } = await git.changesSince(repoOf(settings, job.repo), range, call);
  if (commits === 0) return [];
  const message = `Git has moved on to ${task.commit.slice(0, 12)} here: that is pending, and left to a sync.`;
  return [{ code: 'newer_commit', message }];
}
