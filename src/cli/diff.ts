import type { Command } from 'commander';
import type { StackJson, StackPlanJson } from '../api/schemas/repo.ts';
import type { ScanAcceptedJson } from '../api/schemas/task.ts';
import { keyPath, type ApiClient } from './api-client.ts';
import { changeLines, type ShownChange } from './change-lines.ts';
import { EXIT } from './exit-codes.ts';
import { followTask } from './follow-task.ts';
import type { Io } from './io.ts';
import { type ListFormat, withFormat } from './print.ts';
import { scanFolder } from './scan-folder.ts';
import { clientFor, withServerOptions, type ServerOptions } from './server-options.ts';
import { usageError } from './usage-error.ts';

interface DiffOptions extends ServerOptions {
  fresh?: boolean;
  local?: string;
  as?: string;
  format: ListFormat;
}

/** What differs in a stack; `problems`: what of it could not be compared. */
interface StackDiff {
  repo: string;
  stack: string;
  /** When it was found, ISO 8601; null: it was never planned. */
  at: string | null;
  commit: string | null;
  changes: ShownChange[];
  problems: string[];
}

/** `plumbline diff <repo> [stack]`: what differs, field by field, and who changed it. */
export function registerDiff(program: Command, io: Io): void {
  withFormat(withServerOptions(program.command('diff')))
    .description(`Show field by field what Git and live differ in; exits with ${EXIT.drift} where they do`)
    .argument('[repo]', 'repository name; with --local the stack')
    .argument('[stack]', 'only this stack')
    .option('--fresh', 'scan first, instead of showing the last plan')
    .option('--local <dir>', 'compare a folder of this machine, without a server')
    .option('--as <repo>', 'with --local: the repository of the config that the folder is a checkout of')
    .action(async (repo: string | undefined, stack: string | undefined, options: DiffOptions) => {
      const diffs =
        options.local === undefined
          ? await diffOnServer(repo, stack, options, io)
          : await diffFolder({ dir: options.local, stack: repo, extra: stack }, options, io);
      if (diffs === undefined) return;
      if (options.format === 'json') io.out(JSON.stringify({ stacks: diffs }, null, 2));
      else print(diffs, io);
      if (diffs.some(({ problems }) => problems.length > 0)) process.exitCode = EXIT.error;
      else if (diffs.some(({ changes }) => changes.length > 0)) process.exitCode = EXIT.drift;
    });
}

async function diffOnServer(
  repo: string | undefined,
  stack: string | undefined,
  options: DiffOptions,
  io: Io,
): Promise<StackDiff[]> {
  if (repo === undefined) throw usageError('Name a repository, or a folder: --local DIR.');
  if (options.as !== undefined) throw usageError('--as says what the folder of --local is: add --local DIR.');
  const client = await clientFor(options, io);
  if (options.fresh) await scanFirst(client, repo, stack, io);
  const keys = stack === undefined ? await differing(client, repo) : [stack];
  const diffs: StackDiff[] = [];
  for (const key of keys) {
    const path = `/api/stacks/${encodeURIComponent(repo)}/${keyPath(key)}/plan`;
    diffs.push(diffOf(await client.get<StackPlanJson>(path)));
  }
  return diffs;
}

async function scanFirst(client: ApiClient, repo: string, stack: string | undefined, io: Io): Promise<void> {
  const of = stack === undefined ? '' : `/stacks/${keyPath(stack)}`;
  const path = `/api/repos/${encodeURIComponent(repo)}${of}/scan`;
  const { task } = await client.post<ScanAcceptedJson>(path, { trigger: 'cli' });
  const ended = await followTask(client, task.id, io);
  if (ended.error) io.note(`${ended.id} ${ended.status}: ${ended.error.message}`);
}

/** Stacks of which there is something to show. */
async function differing(client: ApiClient, repo: string): Promise<string[]> {
  const path = `/api/repos/${encodeURIComponent(repo)}/stacks`;
  const { stacks } = await client.get<{ stacks: StackJson[] }>(path);
  return stacks.filter(({ status }) => status !== 'in_sync').map(({ key }) => key);
}

function diffOf({ stack, plan }: StackPlanJson): StackDiff {
  const known = plan?.problems.map(({ address, message }) => `${address}: ${message}`) ?? [];
  const failed = stack.error !== null && known.length === 0 ? [stack.error.message] : [];
  const unplanned = plan === null && failed.length === 0 ? ['It was not scanned yet.'] : [];
  return {
    repo: stack.repo,
    stack: stack.key,
    at: plan?.created_at ?? null,
    commit: plan?.commit ?? null,
    changes: plan?.changes ?? [],
    problems: [...unplanned, ...failed, ...known],
  };
}

async function diffFolder(
  { dir, stack, extra }: { dir: string; stack: string | undefined; extra: string | undefined },
  options: DiffOptions,
  io: Io,
): Promise<StackDiff[] | undefined> {
  if (extra !== undefined)
    throw usageError(`With --local there is one argument, the stack: leave out "${extra}".`);
  if (options.server !== undefined || options.fresh)
    throw usageError('--local compares a folder as it stands: leave out --server and --fresh.');
  const scan = await scanFolder({ dir, stack, as: options.as, config: options.config }, io);
  if (scan === undefined) return undefined;
  for (const warning of scan.warnings) io.note(`warning: ${warning}`);
  return scan.stacks.map(({ key, error }): StackDiff => ({
    repo: scan.report.repo,
    stack: key,
    at: scan.report.started_at,
    commit: null,
    changes: scan.report.changes
      .filter((change) => change.stack === key)
      .map((change) => ({ ...change, changed_by: change.changed_by ?? [] })),
    problems: error === null ? [] : [error.message],
  }));
}

function print(diffs: readonly StackDiff[], io: Io): void {
  const shown = diffs.filter(({ changes, problems }) => changes.length + problems.length > 0);
  if (shown.length === 0) return io.note('Nothing differs.');
  for (const { repo, stack, at, changes, problems } of shown) {
    io.out(io.colors.bold(`${repo} ${stack}${at === null ? '' : ` as of ${at}`}`));
    for (const change of changes) for (const line of changeLines(change, io.colors)) io.out(line);
    for (const problem of problems) io.out(io.colors.red(`! ${problem}`));
  }
}
