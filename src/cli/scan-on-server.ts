import type { RepoJson, StackJson } from '../api/schemas/repo.ts';
import type { ScanAcceptedJson, TaskJson } from '../api/schemas/task.ts';
import type { DriftReport } from '../domain/reports/report.ts';
import { reportOfRepos } from '../domain/reports/repos.ts';
import { keyPath, type ApiClient } from './api-client.ts';
import { describeError } from './describe-error.ts';
import { followTask } from './follow-task.ts';
import type { Io } from './io.ts';
import { stackTable } from './stack-table.ts';
import { usageError } from './usage-error.ts';

/** How a scan is printed. */
export type Format = 'table' | 'json' | 'markdown' | 'sarif';

/** What is to be scanned, and what is to be printed of it. */
export interface ServerScan {
  /** undefined: all repositories. */
  repo: string | undefined;
  stack: string | undefined;
  commit: string | undefined;
  wait: boolean;
  format: Format;
}

/**
 * Starts scans, follows them when told to, and prints one document about all of them.
 * @returns whether a scan failed or could not be started, and whether drift was found
 * @throws PlumblineError what the server answers about a repository that was named; `usage`
 */
export async function scanOnServer(
  client: ApiClient,
  scan: ServerScan,
  io: Io,
): Promise<{ failed: boolean; drifted: boolean }> {
  const { started, refused } =
    scan.repo === undefined ? await startAll(client, io) : await startOne(client, scan.repo, scan);
  if (!scan.wait) {
    if (scan.format === 'json') io.out(JSON.stringify(started, null, 2));
    for (const { task, jobs } of started) {
      io.note(`${task.id}: ${jobs.length} stack${jobs.length === 1 ? '' : 's'}. Follow it: plumbline tasks`);
    }
    return { failed: refused || started.some(({ task }) => task.status === 'failed'), drifted: false };
  }
  const tasks: TaskJson[] = [];
  for (const { task } of started) tasks.push(await followTask(client, task.id, io));
  await print(client, tasks, scan, io);
  for (const task of tasks) {
    if (task.error) io.note(`${task.id} ${task.status}: ${task.error.message}`);
  }
  return {
    failed: refused || tasks.some((task) => task.status === 'failed'),
    drifted: tasks.some((task) => task.live_drifted > 0),
  };
}

interface Started {
  started: ScanAcceptedJson[];
  refused: boolean;
}

async function startOne(client: ApiClient, repo: string, scan: ServerScan): Promise<Started> {
  const path = scan.stack === undefined ? '' : `/stacks/${keyPath(scan.stack)}`;
  const body = { trigger: 'cli', ...(scan.commit === undefined ? {} : { commit: scan.commit }) };
  const url = `/api/repos/${encodeURIComponent(repo)}${path}/scan`;
  return { started: [await client.post<ScanAcceptedJson>(url, body)], refused: false };
}

/** One repository that is busy, say, does not keep the others from being scanned. */
async function startAll(client: ApiClient, io: Io): Promise<Started> {
  const { repos } = await client.get<{ repos: RepoJson[] }>('/api/repos');
  if (repos.length === 0) throw usageError('The config lists no repositories: there is nothing to scan.');
  const answers = await Promise.allSettled(
    repos.map(({ name }) =>
      client.post<ScanAcceptedJson>(`/api/repos/${encodeURIComponent(name)}/scan`, { trigger: 'cli' }),
    ),
  );
  const started = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  const failures = answers.flatMap((answer): unknown[] =>
    answer.status === 'rejected' ? [answer.reason] : [],
  );
  if (started.length === 0) throw failures[0];
  for (const failure of failures) io.note(describeError(failure, false).text);
  return { started, refused: failures.length > 0 };
}

async function print(client: ApiClient, tasks: readonly TaskJson[], scan: ServerScan, io: Io): Promise<void> {
  const { format } = scan;
  if (format === 'table') return io.out(await tableOf(client, tasks, io));
  const path = (task: TaskJson): string =>
    `/api/tasks/${encodeURIComponent(task.id)}/report?format=${format}`;
  if (format === 'markdown') {
    for (const task of tasks) io.out(await client.getText(path(task)));
    return;
  }
  // Reports can be large: they are read one after another.
  const documents: unknown[] = [];
  for (const task of tasks) documents.push(await client.get(path(task)));
  io.out(JSON.stringify(format === 'sarif' ? sarifOf(documents) : jsonOf(documents, scan), null, 2));
}

/** A repository that was named: its report. All of them: always the same shape, however many there are. */
function jsonOf(documents: readonly unknown[], { repo }: ServerScan): unknown {
  return repo === undefined ? reportOfRepos(documents as DriftReport[]) : documents[0];
}

/** A SARIF log holds one run for each report. */
function sarifOf(documents: readonly unknown[]): unknown {
  const logs = documents as { runs: unknown[] }[];
  return { ...logs[0], runs: logs.flatMap(({ runs }) => runs) };
}

async function tableOf(client: ApiClient, tasks: readonly TaskJson[], io: Io): Promise<string> {
  const shown: StackJson[] = [];
  for (const task of tasks) {
    const path = `/api/repos/${encodeURIComponent(task.repo_name)}/stacks`;
    const { stacks } = await client.get<{ stacks: StackJson[] }>(path);
    shown.push(...stacks.filter(({ key }) => task.stack === null || key === task.stack));
  }
  return stackTable(shown, io.colors);
}
