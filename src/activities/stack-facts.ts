import type { Approval, Decision } from '../domain/approvals/approval.ts';
import { AUTO_ROLLBACK } from '../domain/eligibility/automatic-rollback.ts';
import type { Severity } from '../domain/change.ts';
import { branchOf, environmentOfStack, policyOfStack, type StackPlace } from '../domain/environments.ts';
import type { Hold, StackSync } from '../domain/eligibility/hold.ts';
import type { EnvironmentPolicy } from '../domain/eligibility/policy.ts';
import type { PublishedSettings } from '../domain/settings.ts';
import type { Job, StackState, Task } from '../domain/task.ts';
import type { PlanRecord } from '../store/store.ts';
import { PlumblineError } from '../util/errors.ts';
import type { ActivityDeps, CommitRange } from './deps.ts';
import { hasLostGlass, isEmergency } from './emergency.ts';
import { followsBranch, unplannedCommit } from './newer-commit.ts';
import { withoutLost } from './lost-words.ts';
import { latestConfig, type PinnedConfig, repoOf } from './pinned-config.ts';
import { pathsOfStack } from './stack-sources.ts';
import { unsignedSince, vouchedBase } from './vouched-commits.ts';
import type { TaskRequest } from './types.ts';

/** All that is known of one planned stack. */
export interface StackFacts extends StoredFacts, GitFacts, BranchFacts {
  /** Addresses that differed between two plans in a row; left out: none did, or it was planned once. */
  unstable?: readonly string[];
}

/** What the store knows, and anybody may change at any time. */
interface StoredFacts {
  task: Task;
  job: Job;
  plan: PlanRecord | undefined;
  stack: StackState;
  sync: StackSync | undefined;
  approval: Approval | undefined;
  /** Without those of people who have lost their role since. */
  decisions: Decision[];
  holds: readonly Hold[];
  /** Whoever ordered the emergency may not do so there any more. */
  glassLost: boolean;
  /** Of an automatic rollback: how bad the changes are that it undoes. Null of all else. */
  undoes: Severity | null;
}

/** What Git says of the stack's commits, which never change. */
interface GitFacts {
  /**
   * What Git changed of all that the stack's plan reads since it was vouched for: its folder, modules, var files; of one that
   * never was in sync, all that ever was.
   */
  range: CommitRange;
  unsignedCommits: number;
  /** Whether commits since the one that people were asked about touched what the stack reads; false where nobody was. */
  touchedSinceAsked: boolean;
  /** The text of CODEOWNERS on the base branch, where a policy asks for it. */
  codeOwners: string | null;
  /** The version of the config that was in force when this was read, beside the one that the task pinned. */
  latestVersion: number;
}

/** What Git says of the branch, which may move on at any time. */
interface BranchFacts {
  /**
   * The branch's newest commit, where that has touched the stack since its plan was approved and nobody has planned it yet. Not
   * looked for in an emergency, which waits for nobody, the Git host included.
   */
  newer: string | null;
}

/** The stack that facts are about, and how its task was asked for. */
interface Wanted {
  jobId: string;
  emergency?: TaskRequest['emergency'] | undefined;
}

/** How old the host's answer about the branch may be: stacks that are decided on one after the other share it. */
const TIP_MAX_AGE_MS = 5_000;
/** The same directly before a change: less than a plan takes, so that a push meanwhile is seen. */
const TIP_MAX_AGE_AT_CHANGE_MS = 500;

const NO_RANGE: CommitRange = { files: [], authors: [], lastCommitter: null, commits: 0 };

/** Reads what is known of a job's stack. @throws PlumblineError `stack_not_found`, and what `unplannedCommit` throws */
export async function stackFacts(
  deps: ActivityDeps,
  config: PinnedConfig,
  { jobId, emergency }: Wanted,
  signal: AbortSignal,
): Promise<StackFacts> {
  const known = await storedFacts(deps, jobId, emergency);
  const git = await gitFacts(deps, config, known, signal);
  const newer = await newerThanApproved(deps, config, known, { emergency, maxAgeMs: TIP_MAX_AGE_MS, signal });
  return { ...known, ...git, newer };
}

/** The same facts as they are by now. Git is asked again only where the answer may be another: of the branch in any case. */
export async function refreshFacts(
  deps: ActivityDeps,
  config: PinnedConfig,
  { before, emergency }: { before: StackFacts; emergency?: TaskRequest['emergency'] | undefined },
  signal: AbortSignal,
): Promise<StackFacts> {
  const known = await storedFacts(deps, before.job.id, emergency);
  const maxAgeMs = TIP_MAX_AGE_AT_CHANGE_MS;
  const newer = await newerThanApproved(deps, config, known, { emergency, maxAgeMs, signal });
  const { version } = await latestConfig(deps.store);
  const same =
    version === before.latestVersion &&
    known.sync?.commit === before.sync?.commit &&
    known.sync?.vouched === before.sync?.vouched &&
    known.approval?.commit === before.approval?.commit &&
    known.approval?.status === before.approval?.status;
  if (!same) return { ...known, ...(await gitFacts(deps, config, known, signal)), newer };
  const { range, unsignedCommits, touchedSinceAsked, codeOwners, latestVersion } = before;
  return { ...known, range, unsignedCommits, touchedSinceAsked, newer, codeOwners, latestVersion };
}

async function storedFacts(
  deps: ActivityDeps,
  jobId: string,
  emergency: TaskRequest['emergency'],
): Promise<StoredFacts> {
  const { store } = deps;
  const job = await store.jobs.get(jobId);
  const task = job && (await store.tasks.get(job.taskId));
  const stack = job && (await store.stacks.get(job.repo, job.stackKey));
  if (!job || !task || !stack) {
    throw new PlumblineError('stack_not_found', `The store knows no job ${jobId}.`);
  }
  const [plan, sync, approval, holds, undoes] = await Promise.all([
    store.plans.get(jobId),
    store.syncs.get(job.repo, job.stackKey),
    store.approvals.latest(job.repo, job.stackKey),
    store.holds.active(),
    undoneSeverity(store, task, job),
  ]);
  const decisions = approval
    ? await withoutLost(deps, approval, await store.approvals.decisions(approval.id))
    : [];
  const { settings } = await latestConfig(store);
  const place = { repo: job.repo, environment: policyFor(settings, { job, stack }).environment };
  const glassLost = await hasLostGlass(deps, place, { emergency });
  return { task, job, plan, stack, sync, approval, decisions, holds, glassLost, undoes };
}

/** The way back may change less than what it undoes: whether it may go by itself is asked about the latter. */
async function undoneSeverity(
  store: ActivityDeps['store'],
  { kind, trigger }: Task,
  { repo, stackKey }: Job,
): Promise<Severity | null> {
  if (kind !== 'rollback' || trigger !== AUTO_ROLLBACK) return null;
  const [failed] = await store.attempts.list({ repo, stackKey, limit: 1 });
  const isFailed = failed?.status === 'applied' && failed.error !== null;
  return isFailed ? ((await store.plans.get(failed.jobId))?.severity ?? null) : null;
}

async function gitFacts(
  deps: ActivityDeps,
  config: PinnedConfig,
  { job, stack, sync, approval }: StoredFacts,
  signal: AbortSignal,
): Promise<GitFacts> {
  const { settings, git } = config;
  const repo = repoOf(settings, job.repo);
  const call = { signal, onProgress: () => undefined };
  const seen = sync?.commit ?? null;
  const asked = approval?.commit ?? job.commit;
  const at = { repo: job.repo, stack, commit: job.commit };
  // The gate goes by both: what only the newer one asks for must be known, too.
  const latest = await latestConfig(deps.store);
  const policies = [settings, latest.settings].map((each) => policyFor(each, { job, stack }).policy);
  const alike = [seen, sync?.vouched ?? null, asked].every((each) => each === job.commit);
  const paths = alike ? [] : await pathsOfStack(deps, config, at, signal);
  const since = async (from: string | null): Promise<CommitRange> => {
    if (from === job.commit) return NO_RANGE;
    return await git.changesSince(repo, { base: from, commit: job.commit, paths }, call);
  };
  const base = await vouchedBase(config, sync, paths, signal);
  const range = await since(base);
  const sinceAsked = await since(asked);
  // As it was at the commit that was vouched for, so that a change of CODEOWNERS does not choose its own approvers.
  const owners = policies.some(({ approvals }) => approvals.requireCodeOwners)
    ? await (base === null
        ? git.readCodeOwnersBefore(repo, job.commit, call)
        : git.readCodeOwners(repo, base, call))
    : undefined;
  const unsigned = policies.some(({ requireSignedCommits }) => requireSignedCommits)
    ? await unsignedSince(config, { repo: job.repo, vouched: base, seen, commit: job.commit, paths }, signal)
    : [];
  return {
    range,
    unsignedCommits: unsigned.length,
    // Going back to an earlier commit, files differ too, but nobody has committed anything.
    touchedSinceAsked: sinceAsked.commits > 0,
    codeOwners: owners?.text ?? null,
    latestVersion: latest.version,
  };
}

async function newerThanApproved(
  deps: ActivityDeps,
  config: PinnedConfig,
  { task, job, stack, approval, glassLost }: StoredFacts,
  look: { emergency: TaskRequest['emergency']; maxAgeMs: number; signal: AbortSignal },
): Promise<string | null> {
  const { maxAgeMs, emergency, signal } = look;
  const latest = await latestConfig(deps.store);
  const places = [config.settings, latest.settings].map((each) => policyFor(each, { job, stack }));
  if (!places.some(({ policy }) => policy.approvals.dismissStale)) return null;
  const isOne = places.every(({ environment }) =>
    isEmergency(deps, { task, job }, { emergency }, environment),
  );
  if (isOne && !glassLost) return null;
  if (!(await followsBranch(deps, { approval, job }))) return null;
  const { commit } = job;
  const paths = () => pathsOfStack(deps, config, { repo: job.repo, stack, commit }, signal);
  const call = { signal, onProgress: () => undefined };
  return await unplannedCommit(
    config.git,
    repoOf(config.settings, job.repo),
    { commit, paths, maxAgeMs },
    call,
  );
}

/** The environment of a stack, and the policy that holds for it. */
export function policyFor(
  settings: PublishedSettings,
  { job, stack }: { job: Pick<Job, 'repo'>; stack: Pick<StackState, 'path'> },
): { environment: string | null; order: number; policy: EnvironmentPolicy } {
  const place: StackPlace = {
    repo: job.repo,
    ref: branchOf(settings.repos, job.repo),
    path: stack.path,
  };
  const environment = environmentOfStack(settings.environments, place);
  return {
    environment: environment?.name ?? null,
    order: environment?.order ?? 0,
    policy: policyOfStack(settings.environments, place),
  };
}

/** The one environment that all these stacks belong to; null when they belong to several, or to none. */
export function commonEnvironment(
  settings: PublishedSettings,
  repo: string,
  stacks: readonly Pick<StackState, 'path'>[],
): string | null {
  const names = new Set(stacks.map((stack) => policyFor(settings, { job: { repo }, stack }).environment));
  return names.size === 1 ? [...names][0]! : null;
}

/** The environment of a stack by its key; null when it belongs to none, or is not known. */
export async function environmentOfKey(
  { store }: Pick<ActivityDeps, 'store'>,
  settings: PublishedSettings,
  { repo, key }: { repo: string; key: string },
): Promise<string | null> {
  const stack = await store.stacks.get(repo, key);
  return stack ? policyFor(settings, { job: { repo }, stack }).environment : null;
}
