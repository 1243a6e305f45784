import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { HoldsJson } from '../api/schemas/environment.ts';
import type { StackJson } from '../api/schemas/repo.ts';
import { readiness } from '../domain/resources/readiness.ts';
import { errorCode } from '../util/errors.ts';
import type { ApiClient } from './api-client.ts';
import { interruptible } from './interruptible.ts';
import type { Io } from './io.ts';
import { clientFor, withServerOptions, type ServerOptions } from './server-options.ts';
import { plainTable } from './stack-table.ts';

const WATCH_MS = 1_000;
const HEAD = ['NAME', 'REVISION', 'SUSPENDED', 'READY', 'MESSAGE'] as const;

interface GetOptions extends ServerOptions {
  json?: boolean;
  watch?: boolean;
}

/** A stack in one line. */
interface Row {
  name: string;
  revision: string;
  suspended: boolean;
  ready: string;
  message: string;
}

/** `plumbline get stacks [repo]`: each stack in one line, in the manner of `flux get`. */
export function registerGet(program: Command, io: Io): void {
  const get = program.command('get').description('Show what there is, one line each');
  withServerOptions(get.command('stacks'))
    .description('Show each stack: its revision, whether it is suspended, whether it is ready, and why not')
    .argument('[repo]', 'only this repository')
    .option('--json', 'as JSON; with --watch, one object a line')
    .option('--watch', 'go on: print each line again when it has changed')
    .action(async (repo: string | undefined, options: GetOptions) => {
      const client = await clientFor(options, io);
      if (options.watch) return await watch(client, repo, options, io);
      const rows = await read(client, repo);
      if (options.json) io.out(JSON.stringify({ stacks: rows }, null, 2));
      else if (rows.length === 0) io.note('No stacks are known yet. Scan a repository first: plumbline scan');
      else io.out(table(rows));
    });
}

async function read(client: ApiClient, repo: string | undefined): Promise<Row[]> {
  const path = repo === undefined ? '/api/stacks' : `/api/repos/${encodeURIComponent(repo)}/stacks`;
  const { stacks } = await client.get<{ stacks: StackJson[] }>(path);
  const isPaused = await pausedStacks(client);
  return stacks.map((stack): Row => {
    const { repo: of, key, commit } = stack;
    return {
      name: repo === undefined ? `${of}/${key}` : key,
      revision: commit?.slice(0, 12) ?? '',
      suspended: isPaused(stack),
      ...readiness(stack),
    };
  });
}

/** Which stacks a pause keeps: by themselves, by their repo, or by their environment, whose members the server knows. */
async function pausedStacks(client: ApiClient): Promise<(stack: Pick<StackJson, 'repo' | 'key'>) => boolean> {
  const { holds } = await client.get<HoldsJson>('/api/holds');
  const repos = new Set<string | null>();
  const own = new Set<string>();
  for (const { kind, scope, repo, name } of holds) {
    if (kind !== 'pause') continue;
    if (scope === 'repo') repos.add(repo);
    else if (scope === 'stack') own.add(`${repo}/${name}`);
    else for (const member of await membersOf(client, name)) own.add(member);
  }
  return ({ repo, key }) => repos.has(repo) || own.has(`${repo}/${key}`);
}

async function membersOf(client: ApiClient, environment: string): Promise<string[]> {
  const path = `/api/environments/${encodeURIComponent(environment)}`;
  const { members } = await client.get<{ members: { repo: string; stack: string }[] }>(path);
  return members.map(({ repo, stack }) => `${repo}/${stack}`);
}

function table(rows: readonly Row[]): string {
  return plainTable(
    HEAD,
    rows.map(({ name, revision, suspended, ready, message }) => [
      name,
      revision || '-',
      suspended ? 'True' : 'False',
      ready,
      message.split('\n', 1)[0]!,
    ]),
  );
}

/** Prints what has changed until it is interrupted; a server that does not answer for a while is waited for. */
async function watch(
  client: ApiClient,
  repo: string | undefined,
  { json }: GetOptions,
  io: Io,
): Promise<void> {
  const shown = new Map<string, string>();
  const ended = await interruptible(async (signal) => {
    for (let first = true; !signal.aborted; first = false) {
      try {
        const rows = await read(client, repo);
        const changed = rows.filter((row) => shown.get(row.name) !== JSON.stringify(row));
        for (const row of changed) shown.set(row.name, JSON.stringify(row));
        print(changed, { isJson: json === true, head: first }, io);
      } catch (error) {
        if (first || errorCode(error) !== 'api_unreachable') throw error;
      }
      await sleep(WATCH_MS, undefined, { signal }).catch(() => undefined);
    }
  });
  if ('interrupted' in ended) process.exitCode = ended.interrupted;
}

function print(rows: readonly Row[], { isJson, head }: { isJson: boolean; head: boolean }, io: Io): void {
  if (rows.length === 0) return;
  if (isJson) return io.out(rows.map((row) => JSON.stringify(row)).join('\n'));
  const text = table(rows);
  io.out(head ? text : text.split('\n').slice(1).join('\n'));
}
