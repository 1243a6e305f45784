import { LIVE_STATUSES, MOST_APPROVALS } from '../domain/approvals/approval.ts';
import { wouldChange } from '../domain/approvals/need.ts';
import { type AutomationInput, wantedAutomation } from '../domain/eligibility/automation.ts';
import { holdsStack } from '../domain/eligibility/hold.ts';
import type { PublishedSettings } from '../domain/settings.ts';
import type { Job, StackState, Task } from '../domain/task.ts';
import { PlumblineError } from '../util/errors.ts';
import type { RepoRequest } from '../workflows/inputs.ts';
import type { ActivityDeps } from './deps.ts';
import { latestConfig } from './pinned-config.ts';
import { policyFor } from './stack-facts.ts';
import { jobsOfTask } from './task-jobs.ts';
import { vouchedRequest } from './vouched-request.ts';

/** Keys in one request: it travels through histories. What is beyond is asked for after the next scan. */
const MOST_STACKS = 1_000;
/** The requests that follow from a scan without a person's word; see `wantedAutomation`. */
export async function automate(deps: ActivityDeps, taskId: string): Promise<RepoRequest[]> {
  const { store } = deps;
  const task = await store.tasks.get(taskId);
  if (!task) throw new PlumblineError('task_unknown', `The store knows no task ${taskId}.`);
  const { settings } = await latestConfig(store);
  const jobs = await candidates(deps, settings, task);
  if (jobs.length === 0) return [];
  const wanted = wantedAutomation(await inputsOf(deps, task, jobs), deps.now());
  return (['reconcile', 'sync'] as const).flatMap((kind): RepoRequest[] => {
    const stacks = wanted[kind].slice(0, MOST_STACKS);
    if (stacks.length === 0) return [];
    const reason = `By itself, after the scan ${taskId}.`;
    const request = { kind, stacks, trigger: 'schedule', actor: 'plumbline', reason };
    return [vouchedRequest(deps, task.repo, request)];
  });
}

interface Candidate {
  job: Job;
  stack: StackState;
  found: ReturnType<typeof policyFor>;
}

/** Jobs with changes of stacks that are kept without people, and that no newer task has planned since. */
async function candidates(
  deps: ActivityDeps,
  settings: PublishedSettings,
  { id, repo }: Task,
): Promise<Candidate[]> {
  if (!settings.repos.some(({ name }) => name === repo)) return [];
  const stacks = new Map((await deps.store.stacks.list(repo)).map((stack) => [stack.key, stack]));
  const known = (await jobsOfTask(deps, id)).flatMap((job): Candidate[] => {
    const stack = stacks.get(job.stackKey);
    if (stack?.jobId !== job.id || job.status !== 'completed' || job.outcome === 'in_sync') return [];
    return [{ job, stack, found: policyFor(settings, { job, stack }) }];
  });
  return known.filter(({ found }) => found.policy.automated !== null);
}

async function inputsOf(
  { store }: ActivityDeps,
  { repo }: Task,
  jobs: readonly Candidate[],
): Promise<AutomationInput[]> {
  const statuses = LIVE_STATUSES;
  const [syncs, holds, approvals, attempts] = await Promise.all([
    store.syncs.list(repo),
    store.holds.active(),
    store.approvals.list({ repo, statuses, limit: MOST_APPROVALS }),
    store.attempts.open(),
  ]);
  const inputs: AutomationInput[] = [];
  for (const { job, stack, found } of jobs) {
    const plan = await store.plans.get(job.id);
    const at = { repo, key: stack.key, environment: found.environment };
    inputs.push({
      key: stack.key,
      status: stack.status,
      effective: plan !== undefined && wouldChange(plan),
      digest: job.digest ?? '',
      commit: job.commit,
      policy: found.policy,
      ...(stack.policy === undefined ? {} : { stackPolicy: stack.policy }),
      holds: holds.filter((hold) => holdsStack(hold, at)),
      sync: syncs.find(({ stackKey }) => stackKey === stack.key),
      decidedOn: approvals.find(({ stackKey }) => stackKey === stack.key)?.digest ?? null,
      leased: attempts.some((attempt) => attempt.repo === repo && attempt.stackKey === stack.key),
    });
  }
  return inputs;
}
