import { environmentName } from '../domain/environment.ts';
import { environmentTurns } from '../domain/order/environment-turns.ts';
import type { EnvironmentDetailJson, EnvironmentsJson } from '../api/schemas/environment.ts';
import type { RepoJson } from '../api/schemas/repo.ts';
import type { EnvironmentSyncJson, SyncAcceptedJson, SyncRequestJson } from '../api/schemas/sync.ts';
import type { ApiClient } from './api-client.ts';
import { usageError } from './usage-error.ts';

/** What a word on the command line means: an environment before a repository of the same name. */
export type SyncTarget = { type: 'environment' | 'repo'; name: string };

/** What one task of a repository has of several environments. */
export interface JoinedTarget {
  type: 'environments';
  repo: string;
  names: string[];
}

/** A task that was started. */
export interface StartedTask {
  repo: string;
  id: string;
  queued: boolean;
}

/**
 * Finds out what a word means: an environment by name or alias, or a repository.
 * @throws PlumblineError `usage` when it is neither, naming what there is, or an environment of which nothing is known
 */
export async function resolveTarget(client: ApiClient, word: string): Promise<SyncTarget> {
  const { environments } = await client.get<EnvironmentsJson>('/api/environments');
  const known = environments.filter(({ stacks, repos }) => stacks > 0 || repos.length > 0);
  const named = findNamed(known, word);
  if (named) return { type: 'environment', name: named.name };
  const { repos } = await client.get<{ repos: RepoJson[] }>('/api/repos');
  if (repos.some(({ name }) => name === word)) return { type: 'repo', name: word };
  const empty = findNamed(environments, word);
  if (empty) throw nothingKnown([empty.name]);
  const there = [...known.map(({ name }) => name), ...repos.map(({ name }) => name)];
  throw usageError(
    `"${word}" is neither an environment nor a repository. There are: ${there.join(', ') || 'none'}.`,
  );
}

function findNamed(
  environments: EnvironmentsJson['environments'],
  word: string,
): EnvironmentsJson['environments'][number] | undefined {
  const plain = word.toLowerCase();
  return (
    environments.find(({ name }) => name === plain) ??
    environments.find(({ aliases }) => aliases.some((alias) => alias.toLowerCase() === plain)) ??
    environments.find(({ name }) => name === environmentName(plain))
  );
}

function nothingKnown(names: readonly string[]): Error {
  const which = names.join(' and ');
  return usageError(
    `Nothing is known to belong to ${which}: scan its repositories first ("plumbline scan REPO"), or name a repository.`,
  );
}

/**
 * What each repository has of these environments, so that they become one task of it, in the order of the environments; see
 * `environmentTurns`.
 * @throws PlumblineError `usage` when no repository has anything of one of them, or when a commit is named and there are
 * several repositories
 */
export async function joinByRepo(
  client: ApiClient,
  targets: readonly SyncTarget[],
  { commit }: Pick<NonNullable<SyncRequestJson>, 'commit'>,
): Promise<JoinedTarget[]> {
  const { environments } = await client.get<EnvironmentsJson>('/api/environments');
  const { repos } = await client.get<{ repos: RepoJson[] }>('/api/repos');
  const asked = environments.filter(({ name }) => targets.some((target) => target.name === name));
  const joined = environmentTurns(
    asked,
    repos.map(({ name }) => name),
  ).map((turn): JoinedTarget => ({ type: 'environments', ...turn }));
  const covered = new Set(joined.flatMap(({ names }) => names));
  const left = targets.filter(({ name }) => !covered.has(name));
  if (left.length > 0) throw nothingKnown(left.map(({ name }) => name));
  if (commit && joined.length > 1) throw foreignCommit('These environments draw', joined);
  return joined;
}

function foreignCommit(who: string, targets: readonly { repo: string }[]): Error {
  const repos = [...new Set(targets.map(({ repo }) => repo))].join(' and ');
  return usageError(
    `${who} on ${repos}, and a commit is one of a single repository: name the repository, or --stack.`,
  );
}

/** Stacks of one repository. */
interface PlacedStacks {
  repo: string;
  stacks: string[];
}

/**
 * The repositories that the named stacks of a target are in.
 * @throws PlumblineError `usage` when one of them is in none of the target's repositories, or in several
 */
export async function placeStacks(
  client: ApiClient,
  { type, name }: SyncTarget,
  stacks: readonly string[],
): Promise<PlacedStacks[]> {
  if (type === 'repo') return [{ repo: name, stacks: [...stacks] }];
  const { members } = await environment(client, name);
  const placed = new Map<string, string[]>();
  for (const stack of stacks) {
    const repos = members.filter((member) => member.stack === stack).map(({ repo }) => repo);
    if (repos.length === 0) throw usageError(`No known stack of ${name} is called "${stack}".`);
    if (repos.length > 1) {
      throw usageError(`"${stack}" is in ${repos.join(' and ')}: name the repository instead of ${name}.`);
    }
    placed.set(repos[0]!, [...(placed.get(repos[0]!) ?? []), stack]);
  }
  return [...placed].map(([repo, keys]) => ({ repo, stacks: keys }));
}

function environment(client: ApiClient, name: string): Promise<EnvironmentDetailJson> {
  return client.get<EnvironmentDetailJson>(`/api/environments/${encodeURIComponent(name)}`);
}

/** A commit is one of a single repository. @throws PlumblineError `usage` */
async function refuseForeignCommit(
  client: ApiClient,
  { name }: SyncTarget,
  { to_commit, commit }: NonNullable<SyncRequestJson>,
): Promise<void> {
  if (!to_commit && !commit) return;
  const { repos } = await environment(client, name);
  if (repos.length < 2) return;
  throw foreignCommit(
    `${name} draws`,
    repos.map((repo) => ({ repo })),
  );
}

/**
 * Starts a sync, reconcile or rollback of what a word means: one task per repository. Stacks that are named go to the
 * repository that they are in.
 * @throws PlumblineError `usage` when it can't be told which repository is meant
 */
export async function startOn(
  client: ApiClient,
  target: SyncTarget | JoinedTarget,
  kind: 'sync' | 'reconcile' | 'rollback',
  body: NonNullable<SyncRequestJson>,
): Promise<StartedTask[]> {
  const request = { trigger: 'cli', ...body };
  if (target.type === 'environments')
    return [await startInRepo(client, target.repo, kind, { ...request, environments: target.names })];
  const name = encodeURIComponent(target.name);
  if (target.type === 'repo') return [await startInRepo(client, target.name, kind, request)];
  if (body.stacks) {
    const placed = await placeStacks(client, target, body.stacks);
    if (placed.length > 1 && (body.to_commit || body.commit)) await refuseForeignCommit(client, target, body);
    return await Promise.all(
      placed.map(({ repo, stacks }) =>
        startInRepo(client, repo, kind, { ...request, environment: target.name, stacks }),
      ),
    );
  }
  await refuseForeignCommit(client, target, body);
  const { tasks } = await client.post<EnvironmentSyncJson>(`/api/environments/${name}/${kind}`, request);
  return tasks.map(({ repo, task_id: id, queued }) => ({ repo, id, queued }));
}

async function startInRepo(
  client: ApiClient,
  repo: string,
  kind: 'sync' | 'reconcile' | 'rollback',
  request: NonNullable<SyncRequestJson>,
): Promise<StartedTask> {
  const path = `/api/repos/${encodeURIComponent(repo)}/${kind}`;
  const { task, queued } = await client.post<SyncAcceptedJson>(path, request);
  return { repo: task.repo_name, id: task.id, queued };
}
