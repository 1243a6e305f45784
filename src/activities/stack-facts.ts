import type { Approval, Decision } from '../domain/approval.ts';
import { environmentOfStack, policyOfStack, type StackPlace } from '../domain/environments.ts';
import type { Hold, StackSync } from '../domain/hold.ts';
import type { EnvironmentPolicy } from '../domain/policy.ts';
import type { PublishedSettings } from '../domain/settings.ts';
import type { Job, StackState, Task } from '../domain/task.ts';
import type { PlanRecord } from '../store/store.ts';
import { PlumblineError } from '../util/errors.ts';
import type { ActivityDeps, CommitRange } from './deps.ts';
import { type PinnedConfig, repoOf } from './pinned-config.ts';

/** All that is known of one planned stack. */
export interface StackFacts {
  task: Task;
  job: Job;
  plan: PlanRecord | undefined;
  stack: StackState;
  sync: StackSync | undefined;
  approval: Approval | undefined;
  decisions: Decision[];
  holds: readonly Hold[];
  /** What Git changed below the stack since its last sync. */
  range: CommitRange;
  unsignedCommits: number;
  /** The text of CODEOWNERS on the base branch, where the policy asks for it. */
  codeOwners: string | null;
}

const NO_RANGE: CommitRange = { files: [], authors: [], lastCommitter: null, commits: 0 };

/** Reads what is known of a job's stack. @throws PlumblineError `stack_not_found` */
export async function stackFacts(
  deps: ActivityDeps,
  config: PinnedConfig,
  jobId: string,
  signal: AbortSignal,
): Promise<StackFacts> {
  const { store } = deps;
  const job = await store.jobs.get(jobId);
  const task = job && (await store.tasks.get(job.taskId));
  const stack = job && (await store.stacks.get(job.repo, job.stackKey));
  if (!job || !task || !stack) {
    throw new PlumblineError('stack_not_found', `The store knows no job ${jobId}.`);
  }
  const [plan, sync, approval, holds] = await Promise.all([
    store.plans.get(jobId),
    store.syncs.get(job.repo, job.stackKey),
    store.approvals.latest(job.repo, job.stackKey),
    store.holds.active(),
  ]);
  const decisions = approval ? await store.approvals.decisions(approval.id) : [];
  const known = { task, job, plan, stack, sync, approval, decisions, holds };
  return { ...known, ...(await gitFacts(config, known, signal)) };
}

async function gitFacts(
  config: PinnedConfig,
  { job, stack, sync }: { job: Job; stack: StackState; sync: StackSync | undefined },
  signal: AbortSignal,
): Promise<Pick<StackFacts, 'range' | 'unsignedCommits' | 'codeOwners'>> {
  const { settings, git } = config;
  const repo = repoOf(settings, job.repo);
  const call = { signal, onProgress: () => undefined };
  const base = sync?.commit ?? null;
  const paths = stack.path === '.' ? [] : [stack.path];
  const range =
    base === job.commit ? NO_RANGE : await git.changesSince(repo, { base, commit: job.commit, paths }, call);
  const { policy } = policyFor(settings, { job, stack });
  // As it was at the last sync, so that a change of CODEOWNERS does not choose its own approvers.
  const owners = policy.approvals.requireCodeOwners
    ? await git.readCodeOwners(repo, base ?? job.commit, call)
    : undefined;
  const codeOwners = owners?.text ?? null;
  if (!policy.requireSignedCommits) return { range, unsignedCommits: 0, codeOwners };
  const unsigned = await git.unsignedCommits(repo, { base, commit: job.commit }, settings.commits, call);
  return { range, unsignedCommits: unsigned.length, codeOwners };
}

/** The environment of a stack, and the policy that holds for it. */
export function policyFor(
  settings: PublishedSettings,
  { job, stack }: { job: Pick<Job, 'repo'>; stack: Pick<StackState, 'path'> },
): { environment: string | null; order: number; policy: EnvironmentPolicy } {
  const place: StackPlace = {
    repo: job.repo,
    ref: settings.repos.find(({ name }) => name === job.repo)?.branch ?? null,
    path: stack.path,
  };
  const environment = environmentOfStack(settings.environments, place);
  return {
    environment: environment?.name ?? null,
    order: environment?.order ?? 0,
    policy: policyOfStack(settings.environments, place),
  };
}
