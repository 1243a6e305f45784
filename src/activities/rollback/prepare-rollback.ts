import { environmentName } from '../domain/environment.ts';
import { findEnvironment } from '../domain/environments.ts';
import type { Hold } from '../domain/hold.ts';
import type { StackState } from '../domain/task.ts';
import { errorCode, PlumblineError } from '../util/errors.ts';
import { audit, auditEntry, type PartialEntry } from './audit-entries.ts';
import type { ActivityDeps } from './deps.ts';
import { type PinnedConfig, repoOf } from './pinned-config.ts';
import { commonEnvironment, policyFor } from './stack-facts.ts';
import { taskActivity, type ToolShared, type ToolWork } from './tool-activity.ts';
import type { PrepareRollbackInput, ToolActivities } from './types.ts';

/** The activity that makes the commit which a rollback syncs to. */
export function createPrepareRollback(
  deps: ActivityDeps,
  shared: ToolShared,
): ToolActivities['prepareRollback'] {
  return (input) => taskActivity(deps, shared, input, (work) => prepareRollback(deps, input, work));
}

async function prepareRollback(
  deps: ActivityDeps,
  input: PrepareRollbackInput,
  work: ToolWork,
): Promise<{ commit: string; pushed: boolean }> {
  const { config, signal, progress } = work;
  const call = { signal, onProgress: (message: string) => progress.step(message) };
  const repo = repoOf(config.settings, input.repo);
  const stacks = await stacksOf(deps, config, input);
  const { commit: toCommit } = await config.git.resolve(repo, { commit: input.to_commit }, call);
  const made = await revert(config, { input, stacks, toCommit }, call);
  const { task_id: taskId, actor, reason } = input;
  for (const hold of pins(deps, config, { input, stacks, commit: made.commit })) {
    await deps.store.holds.place(hold, (placed) => [auditEntry(deps, placedEntry(placed, taskId))]);
  }
  const details = { to_commit: toCommit, pushed: made.pushed };
  const environment = commonEnvironment(config.settings, input.repo, stacks);
  const about = { repo: input.repo, environment, taskId, commit: made.commit, reason, details };
  await audit(deps, { ...about, action: 'rollback.started', result: 'ok', actor: actor || 'plumbline' });
  return made;
}

async function stacksOf(
  { store }: ActivityDeps,
  { settings }: PinnedConfig,
  { repo, stacks, environment }: PrepareRollbackInput,
): Promise<StackState[]> {
  const known = await store.stacks.list(repo);
  const name =
    environment === null
      ? null
      : (findEnvironment(settings.environments, environment)?.name ?? environmentName(environment));
  const chosen = known
    .filter(({ key }) => stacks === null || stacks.includes(key))
    .filter((stack) => name === null || policyFor(settings, { job: { repo }, stack }).environment === name);
  if (chosen.length > 0) return chosen;
  throw new PlumblineError(
    'stack_not_found',
    `${repo} has no known stack that was asked for. Scan it first.`,
  );
}

type Call = Parameters<NonNullable<PinnedConfig['git']['revertPaths']>>[3];

async function revert(
  { git, settings }: PinnedConfig,
  { input, stacks, toCommit }: { input: PrepareRollbackInput; stacks: StackState[]; toCommit: string },
  call: Call,
): Promise<{ commit: string; pushed: boolean }> {
  const repo = repoOf(settings, input.repo);
  const { commits } = settings;
  const paths = stacks.some(({ path }) => path === '.') ? [] : stacks.map(({ path }) => path);
  const what = input.environment ?? stacks.map(({ key }) => key).join(', ');
  const why = input.reason === '' ? '' : `\n\n${input.reason}`;
  const change = {
    branch: repo.branch,
    paths,
    toCommit,
    message: `Roll ${what} back to ${toCommit.slice(0, 12)}${why}`,
    author: authorOf(input.actor, commits),
  };
  try {
    if (!git.revertPaths) return { commit: toCommit, pushed: false };
    const { commit } = await git.revertPaths(repo, change, commits, call);
    return { commit, pushed: true };
  } catch (error) {
    // A protected branch: the earlier commit is synced as it is, and stays pinned until somebody has merged it.
    if (errorCode(error) === 'push_refused') return { commit: toCommit, pushed: false };
    const newest = error instanceof PlumblineError ? error.details['commit'] : undefined;
    if (errorCode(error) === 'nothing_to_revert' && typeof newest === 'string') {
      return { commit: newest, pushed: true };
    }
    throw error;
  }
}

/** The person who asks stands as the author, where their ID is an address. */
function authorOf(
  actor: string,
  { authorName, authorEmail }: PinnedConfig['settings']['commits'],
): { name: string; email: string } {
  if (/^[^\s@<>]+@[^\s@<>]+$/.test(actor)) return { name: actor, email: actor };
  return { name: actor === '' ? authorName : actor.replaceAll(/[<>\n]/g, ''), email: authorEmail };
}

function placedEntry({ kind, scope, repo, name, commit, by, reason }: Hold, taskId: string): PartialEntry {
  return {
    action: 'hold.placed',
    result: 'ok',
    actor: by,
    repo,
    stackKey: scope === 'stack' ? name : null,
    environment: scope === 'environment' ? name : null,
    taskId,
    commit,
    reason,
    details: { kind, scope },
  };
}

function pins(
  deps: ActivityDeps,
  { settings }: PinnedConfig,
  given: { input: PrepareRollbackInput; stacks: StackState[]; commit: string },
): Hold[] {
  const { input, stacks, commit } = given;
  const base = {
    kind: 'pin' as const,
    repo: input.repo,
    commit,
    reason: input.reason || `Rolled back to ${input.to_commit.slice(0, 12)}.`,
    by: input.actor || 'plumbline',
    at: deps.now().toISOString(),
    releasedAt: null,
    releasedBy: null,
  };
  if (input.stacks === null && input.environment !== null) {
    const { environment } = policyFor(settings, { job: { repo: input.repo }, stack: stacks[0]! });
    const name = environment ?? input.environment;
    return [{ ...base, id: `pin-${input.task_id}`, scope: 'environment', name }];
  }
  if (input.stacks === null) return [{ ...base, id: `pin-${input.task_id}`, scope: 'repo', name: '' }];
  return stacks.map(({ key }) => ({ ...base, id: `pin-${input.task_id}-${key}`, scope: 'stack', name: key }));
}
