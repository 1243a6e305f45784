import { environmentName } from '../domain/environment.ts';
import type { EnvironmentsJson } from '../api/schemas/environment.ts';
import type { RepoJson } from '../api/schemas/repo.ts';
import type { EnvironmentSyncJson, SyncAcceptedJson, SyncRequestJson } from '../api/schemas/sync.ts';
import type { ApiClient } from './api-client.ts';
import { usageError } from './usage-error.ts';

/** What a word on the command line means: an environment before a repository of the same name. */
export type SyncTarget = { type: 'environment' | 'repo'; name: string };

/** A task that was started. */
export interface StartedTask {
  repo: string;
  id: string;
  queued: boolean;
}

/**
 * Finds out what a word means: an environment by name or alias, or a repository.
 * @throws PlumblineError `usage` when it is neither, naming what there is
 */
export async function resolveTarget(client: ApiClient, word: string): Promise<SyncTarget> {
  const { environments } = await client.get<EnvironmentsJson>('/api/environments');
  const known = environments.filter(({ stacks, repos }) => stacks > 0 || repos.length > 0);
  const plain = word.toLowerCase();
  const named =
    known.find(({ name }) => name === plain) ??
    known.find(({ aliases }) => aliases.some((alias) => alias.toLowerCase() === plain)) ??
    known.find(({ name }) => name === environmentName(plain));
  if (named) return { type: 'environment', name: named.name };
  const { repos } = await client.get<{ repos: RepoJson[] }>('/api/repos');
  if (repos.some(({ name }) => name === word)) return { type: 'repo', name: word };
  const there = [...known.map(({ name }) => name), ...repos.map(({ name }) => name)];
  throw usageError(
    `"${word}" is neither an environment nor a repository. There are: ${there.join(', ') || 'none'}.`,
  );
}

/** Starts a sync, reconcile or rollback of what a word means: one task per repository. */
export async function startOn(
  client: ApiClient,
  target: SyncTarget,
  kind: 'sync' | 'reconcile' | 'rollback',
  body: NonNullable<SyncRequestJson>,
): Promise<StartedTask[]> {
  const name = encodeURIComponent(target.name);
  const request = { trigger: 'cli', ...body };
  if (target.type === 'repo') {
    const { task, queued } = await client.post<SyncAcceptedJson>(`/api/repos/${name}/${kind}`, request);
    return [{ repo: task.repo_name, id: task.id, queued }];
  }
  const { tasks } = await client.post<EnvironmentSyncJson>(`/api/environments/${name}/${kind}`, request);
  return tasks.map(({ repo, task_id: id, queued }) => ({ repo, id, queued }));
}
