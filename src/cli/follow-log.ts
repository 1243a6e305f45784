import { setTimeout as sleep } from 'node:timers/promises';
import type { JobsPageJson } from '../api/schemas/lists.ts';
import type { TaskEventJson, TaskJson } from '../api/schemas/task.ts';
import { PlumblineError } from '../util/errors.ts';
import type { ApiClient } from './api-client.ts';
import { readEventStream } from './event-stream.ts';
import { beginLine, endLine, eventLine, failureLine, type LogLine } from './log-lines.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/** How the log of a task is read. */
export interface FollowOptions {
  signal: AbortSignal;
  onLine: (line: LogLine) => void;
  /** Reads what there is, and does not wait for the task's end. */
  once?: boolean;
}

/**
 * Tells all of a task, from its beginning to its end. A stream that breaks is opened again where it broke, so that no line is
 * lost or told twice.
 * @throws PlumblineError what the server answers, but for its absence, which is waited out
 */
export async function followLog(client: ApiClient, task: TaskJson, options: FollowOptions): Promise<void> {
  options.onLine(beginLine(task));
  const at: Place = { after: '0', task, updates: 0 };
  for (let pauseMs = FIRST_PAUSE_MS; !options.signal.aborted;) {
    try {
      if (await readOn(client, at, options)) return await tellEnd(client, at.task, options);
      pauseMs = FIRST_PAUSE_MS;
    } catch (error) {
      if (options.signal.aborted) return;
      // A stream that breaks on its way is no answer.
      if (error instanceof PlumblineError && error.code !== 'api_unreachable') throw error;
    }
    if (options.once) return;
    await sleep(pauseMs, undefined, { signal: options.signal }).catch(() => undefined);
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
  }
}

interface Place {
  /** ID of the last event that arrived. */
  after: string;
  task: TaskJson;
  /** How often the stream has told the task's counts: the second time comes after all lines that there are. */
  updates: number;
}

/** Reads until the task has ended or all has been told (true), or the stream has broken. */
async function readOn(
  client: ApiClient,
  at: Place,
  { signal, onLine, once }: FollowOptions,
): Promise<boolean> {
  const path = `/api/tasks/${encodeURIComponent(at.task.id)}/events`;
  const body = await client.stream(path, { signal, lastEventId: at.after });
  at.updates = 0;
  for await (const { id, data } of readEventStream(body)) {
    at.after = id ?? at.after;
    const event = JSON.parse(data) as TaskEventJson;
    if (event.type === 'log') {
      onLine(eventLine(at.task, event));
      continue;
    }
    at.task = event.task;
    at.updates += 1;
    if (event.type === 'end' || (once === true && at.updates > 1)) return true;
  }
  return false;
}

async function tellEnd(client: ApiClient, task: TaskJson, { onLine }: FollowOptions): Promise<void> {
  const end = endLine(task);
  if (end === undefined) return;
  if (task.failed > 0) for (const line of await failures(client, task)) onLine(line);
  onLine(end);
}

async function failures(client: ApiClient, { id }: TaskJson): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for (let after: number | null = -1; after !== null;) {
    const path = `/api/tasks/${encodeURIComponent(id)}/jobs?after=${after}`;
    const page: JobsPageJson = await client.get<JobsPageJson>(path);
    lines.push(...page.jobs.flatMap((job) => failureLine(job) ?? []));
    after = page.next;
  }
  return lines;
}
