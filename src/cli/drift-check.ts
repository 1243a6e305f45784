import type { EnvironmentDetailJson } from '../api/schemas/environment.ts';
import type { StackJson } from '../api/schemas/repo.ts';
import type { ScanAcceptedJson } from '../api/schemas/task.ts';
import { keyPath, type ApiClient } from './api-client.ts';
import { followTask } from './follow-task.ts';
import type { Io } from './io.ts';
import type { ListFormat } from './print.ts';
import { stackTable } from './stack-table.ts';
import { placeStacks, type SyncTarget } from './sync-request.ts';

/**
 * Scans what the targets draw on, or only the stacks that are named, follows the scans, and prints these stacks. Nothing is
 * applied.
 * @returns whether a scan failed, and whether one of these stacks has drift
 * @throws PlumblineError `usage` when a stack that is named belongs to none of the targets
 */
export async function scanTargets(
  client: ApiClient,
  targets: readonly SyncTarget[],
  { format, stacks: wanted }: { format: ListFormat; stacks: readonly string[] | undefined },
  io: Io,
): Promise<{ failed: boolean; drifted: boolean }> {
  const scans = wanted ? await stackScans(client, targets, wanted) : await repoScans(client, targets);
  // Those of one repository can only be one after the other.
  const failed = (await Promise.all(scans.map((paths) => scanInTurn(client, paths, io)))).includes(true);
  const stacks: StackJson[] = [];
  for (const target of targets) {
    const own = await stacksOf(client, target);
    stacks.push(...own.filter(({ key }) => wanted === undefined || wanted.includes(key)));
  }
  if (format === 'json') io.out(JSON.stringify({ stacks }, null, 2));
  else if (stacks.length === 0) io.note('No stack belongs there.');
  else io.out(stackTable(stacks, io.colors));
  return { failed, drifted: stacks.some(({ drift }) => drift > 0) };
}

/** The paths of scans to start, a list for each repository. */
async function repoScans(client: ApiClient, targets: readonly SyncTarget[]): Promise<string[][]> {
  const repos = new Set<string>();
  for (const target of targets) for (const repo of await reposOf(client, target)) repos.add(repo);
  return [...repos].map((repo) => [`/api/repos/${encodeURIComponent(repo)}/scan`]);
}

async function stackScans(
  client: ApiClient,
  targets: readonly SyncTarget[],
  wanted: readonly string[],
): Promise<string[][]> {
  const placed = (await Promise.all(targets.map((target) => placeStacks(client, target, wanted)))).flat();
  return placed.map(({ repo, stacks }) =>
    stacks.map((key) => `/api/repos/${encodeURIComponent(repo)}/stacks/${keyPath(key)}/scan`),
  );
}

/** Whether one of them has failed. */
async function scanInTurn(client: ApiClient, paths: readonly string[], io: Io): Promise<boolean> {
  let failed = false;
  for (const path of paths) {
    const { task } = await client.post<ScanAcceptedJson>(path, { trigger: 'cli' });
    const ended = await followTask(client, task.id, io);
    if (ended.status === 'failed') failed = true;
    if (ended.error) io.note(`${ended.id} ${ended.status}: ${ended.error.message}`);
  }
  return failed;
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
