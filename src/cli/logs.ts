import { setTimeout as sleep } from 'node:timers/promises';
import { Option, type Command } from 'commander';
import type { TaskJson } from '../api/schemas/task.ts';
import { parseGoDuration } from '../util/duration.ts';
import { errorCode } from '../util/errors.ts';
import type { ApiClient } from './api-client.ts';
import { followLog } from './follow-log.ts';
import { interruptible } from './interruptible.ts';
import type { Io } from './io.ts';
import { isWanted, lineText, LOG_LEVELS, type LogLevel, type LogLine } from './log-lines.ts';
import { clientFor, withServerOptions, type ServerOptions } from './server-options.ts';
import { usageError } from './usage-error.ts';

const POLL_MS = 500;
/** The newest tasks that are looked at. */
const TASKS = 200;

interface LogsOptions extends ServerOptions {
  follow?: boolean;
  level: LogLevel;
  since: string;
  json?: boolean;
}

/** What is told of all that there is. */
interface Wanted {
  level: LogLevel;
  repo: string | undefined;
  stack: string | undefined;
  /** ISO 8601. */
  since: string;
}

/** `plumbline logs [repo] [stack]`: what Plumbline does, of all tasks in one. */
export function registerLogs(program: Command, io: Io): void {
  withServerOptions(program.command('logs'))
    .description('Show what Plumbline has done and found, of all tasks in one log')
    .argument('[repo]', 'only of this repository')
    .argument('[stack]', 'only of this stack, and of tasks as a whole')
    .option('-f, --follow', 'go on with what happens from now on')
    .addOption(new Option('--level <level>', 'from this level on').choices(LOG_LEVELS).default('info'))
    .option('--since <duration>', 'how far back, e.g. 10m or 24h', '10m')
    .option('--json', 'one JSON object a line')
    .action(async (repo: string | undefined, stack: string | undefined, options: LogsOptions) => {
      const client = await clientFor(options, io);
      const wanted = { level: options.level, repo, stack, since: sinceOf(options.since) };
      const print = (line: LogLine): void => io.out(options.json ? JSON.stringify(line) : lineText(line));
      const work = options.follow ? followAll : readAll;
      const ended = await interruptible(async (signal) => await work(client, wanted, { signal, print, io }));
      if ('interrupted' in ended) process.exitCode = ended.interrupted;
    });
}

interface Telling {
  signal: AbortSignal;
  print: (line: LogLine) => void;
  io: Io;
}

function sinceOf(text: string): string {
  try {
    return new Date(Date.now() - parseGoDuration(text)).toISOString();
  } catch {
    throw usageError(`--since is "${text}": give a duration such as 90s, 10m or 24h.`);
  }
}

/** All lines that there are, by time. */
async function readAll(client: ApiClient, wanted: Wanted, { signal, print, io }: Telling): Promise<void> {
  const lines: LogLine[] = [];
  for (const task of await tasksSince(client, wanted))
    await followLog(client, task, { signal, once: true, onLine: (line) => lines.push(line) });
  const shown = lines.filter((line) => isWanted(line, wanted));
  for (const line of shown.toSorted((a, b) => (a.at < b.at ? -1 : 1))) print(line);
  if (shown.length === 0) io.note('Nothing was done in that time.');
}

/** The same, and then what comes, until it is interrupted. A server that goes away is waited for. */
async function followAll(client: ApiClient, wanted: Wanted, { signal, print, io }: Telling): Promise<void> {
  const followed = new Map<string, Promise<void>>();
  const onLine = (line: LogLine): void => {
    if (isWanted(line, wanted)) print(line);
  };
  let isLost = false;
  for (let first = true; !signal.aborted; first = false) {
    try {
      const tasks = await tasksSince(client, wanted);
      isLost = false;
      for (const task of tasks) {
        if (followed.has(task.id)) continue;
        const following = followLog(client, task, { signal, onLine }).catch((error: unknown) => {
          io.note(`${task.id} can't be followed: ${error instanceof Error ? error.message : String(error)}`);
        });
        followed.set(task.id, following);
        // What has ended is told as a whole before what came after it.
        if (task.ended_at !== null) await following;
      }
      // What has left the newest tasks does not come again.
      const listed = new Set(tasks.map(({ id }) => id));
      for (const id of followed.keys()) if (!listed.has(id)) followed.delete(id);
    } catch (error) {
      if (first || errorCode(error) !== 'api_unreachable') throw error;
      if (!isLost) io.note(`${client.baseUrl} does not answer; waiting for it.`);
      isLost = true;
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
  await Promise.allSettled(followed.values());
}

/** Tasks that run, or have ended since, the oldest first. */
async function tasksSince(client: ApiClient, { repo, since }: Wanted): Promise<TaskJson[]> {
  const query = new URLSearchParams({ limit: String(TASKS), ...(repo === undefined ? {} : { repo }) });
  const { tasks } = await client.get<{ tasks: TaskJson[] }>(`/api/tasks?${query}`);
  return tasks
    .filter(({ status, ended_at: at }) => status !== 'queued' && (at === null || at >= since))
    .toReversed();
}
