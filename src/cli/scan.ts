import { Option, type Command } from 'commander';
import type { RepoJson, StackJson } from '../api/schemas/repo.ts';
import type { ScanAcceptedJson, TaskJson } from '../api/schemas/task.ts';
import { keyPath, type ApiClient } from './api-client.ts';
import { EXIT } from './exit-codes.ts';
import { followTask } from './follow-task.ts';
import type { Io } from './io.ts';
import { clientFor, withServerOptions, type ServerOptions } from './server-options.ts';
import { stackTable } from './stack-table.ts';
import { usageError } from './usage-error.ts';

type Format = 'table' | 'json' | 'markdown' | 'sarif';

interface ScanOptions extends ServerOptions {
  wait?: boolean;
  format: Format;
  exitCode?: boolean;
  commit?: string;
  local?: string;
}

/** `plumbline scan [repo] [stack]`: starts scans, and with `--wait` reports what they found. */
export function registerScan(program: Command, io: Io): void {
  withServerOptions(program.command('scan'))
    .description('Scan repositories for drift; all of them when none is named')
    .argument('[repo]', 'repository name')
    .argument('[stack]', 'stack key, e.g. envs/prod')
    .option('--wait', 'follow the scan to its end and print what it found')
    .addOption(
      new Option('--format <format>', 'how to print')
        .choices(['table', 'json', 'markdown', 'sarif'])
        .default('table'),
    )
    .option('--exit-code', `wait, and exit with ${EXIT.drift} when drift was found`)
    .option('--commit <sha>', 'scan this commit instead of the newest')
    .option('--local <dir>', 'scan a folder of this machine, without a server')
    .action(async (repo: string | undefined, stack: string | undefined, options: ScanOptions) => {
      if (options.local !== undefined) return await scanFolder(options.local, repo, options, io);
      const client = await clientFor(options, io);
      const started = await startScans(client, repo, stack, options.commit);
      if (options.wait || options.exitCode) return await report(client, started, options, io);
      if (options.format === 'json') io.out(JSON.stringify(started, null, 2));
      for (const { task, jobs } of started) {
        io.note(
          `${task.id}: ${jobs.length} stack${jobs.length === 1 ? '' : 's'}. Follow it: plumbline tasks`,
        );
      }
    });
}

async function startScans(
  client: ApiClient,
  repo: string | undefined,
  stack: string | undefined,
  commit: string | undefined,
): Promise<ScanAcceptedJson[]> {
  const body = { trigger: 'cli', ...(commit === undefined ? {} : { commit }) };
  const repos =
    repo === undefined
      ? (await client.get<{ repos: RepoJson[] }>('/api/repos')).repos.map((r) => r.name)
      : [repo];
  if (repos.length === 0) throw usageError('The config lists no repositories: there is nothing to scan.');
  return await Promise.all(
    repos.map(async (name) => {
      const suffix = stack === undefined ? '' : `/stacks/${keyPath(stack)}`;
      return await client.post<ScanAcceptedJson>(
        `/api/repos/${encodeURIComponent(name)}${suffix}/scan`,
        body,
      );
    }),
  );
}

/** Waits for the tasks, prints what they found, and sets the exit code. */
async function report(
  client: ApiClient,
  started: ScanAcceptedJson[],
  options: ScanOptions,
  io: Io,
): Promise<void> {
  const tasks: TaskJson[] = [];
  for (const { task } of started) tasks.push(await followTask(client, task.id, io));
  for (const task of tasks) {
    if (options.format === 'table') io.out(await tableOf(client, task, io));
    else
      io.out(
        await client.getText(`/api/tasks/${encodeURIComponent(task.id)}/report?format=${options.format}`),
      );
    if (task.error) io.note(`${task.id} ${task.status}: ${task.error.message}`);
  }
  if (tasks.some((task) => task.status === 'failed')) process.exitCode = EXIT.error;
  else if (options.exitCode && tasks.some((task) => task.live_drifted > 0)) process.exitCode = EXIT.drift;
}

async function tableOf(client: ApiClient, task: TaskJson, io: Io): Promise<string> {
  const { stacks } = await client.get<{ stacks: StackJson[] }>(
    `/api/repos/${encodeURIComponent(task.repo_name)}/stacks`,
  );
  const shown = task.stack === null ? stacks : stacks.filter((stack) => stack.key === task.stack);
  return stackTable(shown, io.colors);
}

async function scanFolder(
  dir: string,
  stack: string | undefined,
  options: ScanOptions,
  io: Io,
): Promise<void> {
  const { scanLocal } = await import('../local/scan-local.ts');
  const { printLocalScan } = await import('./print-local-scan.ts');
  const scan = await scanLocal({
    dir,
    stack,
    env: io.env,
    configFile: options.config,
    onProgress: (line) => io.progress(line),
  });
  io.progressDone();
  printLocalScan(scan, options.format, io);
  if (scan.failed > 0) process.exitCode = EXIT.error;
  else if (options.exitCode && scan.stacks.some((found) => found.drift > 0)) process.exitCode = EXIT.drift;
}
