import type { EnvironmentDetailJson } from '../api/schemas/environment.ts';
import type { StackJson } from '../api/schemas/repo.ts';
import type { ScanAcceptedJson } from '../api/schemas/task.ts';
import type { ApiClient } from './api-client.ts';
import { followTask } from './follow-task.ts';
import type { Io } from './io.ts';
import type { ListFormat } from './print.ts';
import { stackTable } from './stack-table.ts';
import type { SyncTarget } from './sync-request.ts';

/**
 * Scans what the targets draw on, follows the scans, and prints the targets' own stacks. Nothing is applied.
 * @returns whether a scan failed, and whether one of these stacks has drift
 */
export async function scanTargets(
  client: ApiClient,
  targets: readonly SyncTarget[],
  format: ListFormat,
  io: Io,
): Promise<{ failed: boolean; drifted: boolean }> {
  const repos = new Set<string>();
  for (const target of targets) for (const repo of await reposOf(client, target)) repos.add(repo);
  const scans = await Promise.all(
    [...repos].map((repo) =>
      client.post<ScanAcceptedJson>(`/api/repos/${encodeURIComponent(repo)}/scan`, { trigger: 'cli' }),
    ),
  );
  let failed = false;
  for (const { task } of scans) {
    const ended = await followTask(client, task.id, io);
    if (ended.status === 'failed') failed = true;
    if (ended.error) io.note(`${ended.id} ${ended.status}: ${ended.error.message}`);
  }
  const stacks: StackJson[] = [];
  for (const target of targets) stacks.push(...(await stacksOf(client, target)));
  if (format === 'json') io.out(JSON.stringify({ stacks }, null, 2));
  else if (stacks.length === 0) io.note('No stack belongs there.');
  else io.out(stackTable(stacks, io.colors));
  return { failed, drifted: stacks.some(({ drift }) => drift > 0) };
}

async function reposOf(client: ApiClient, { type, name }: SyncTarget): Promise<string[]> {
  if (type === 'repo') return [name];
  return (await environment(client, name)).repos;
}

async function stacksOf(client: ApiClient, { type, name }: SyncTarget): Promise<StackJson[]> {
  const of = async (repo: string): Promise<StackJson[]> =>
    (await client.get<{ stacks: StackJson[] }>(`/api/repos/${encodeURIComponent(repo)}/stacks`)).stacks;
  if (type === 'repo') return of(name);
  const { repos, members } = await environment(client, name);
  const all = (await Promise.all(repos.map(of))).flat();
  return all.filter(({ repo, key }) => members.some((own) => own.repo === repo && own.stack === key));
}

function environment(client: ApiClient, name: string): Promise<EnvironmentDetailJson> {
  return client.get<EnvironmentDetailJson>(`/api/environments/${encodeURIComponent(name)}`);
}
