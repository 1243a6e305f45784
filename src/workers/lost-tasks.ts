import { setTimeout as delay } from 'node:timers/promises';
import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import type { Failure, Task } from '../domain/task.ts';
import type { Store } from '../store/store.ts';
import type { Logger } from '../util/log.ts';

const EVERY_MS = 60_000;
/** A run that has ended leaves its task this long to say so in the store: its last step may wait for the store. */
const GRACE_MS = 30_000;

/** What the check needs. */
export interface LostTaskOptions {
  client: Client;
  store: Store;
  log: Logger;
  now: () => Date;
  graceMs?: number;
}

/**
 * Fails the tasks that run or wait in the store but not in Temporal: its database was lost or replaced, or somebody
 * terminated or deleted the workflow. They can then be run again. While Temporal can't be asked nothing happens.
 * @returns the IDs of the tasks that failed
 */
export async function failLostTasks(options: LostTaskOptions): Promise<string[]> {
  const { client, store, now } = options;
  const lost: string[] = [];
  for (const task of [...(await store.tasks.running()), ...(await store.tasks.queued())]) {
    const error = await lostBecause(client, task);
    if (error === null) continue;
    const age = now().getTime() - Date.parse(task.startedAt);
    if (age < (options.graceMs ?? GRACE_MS)) continue;
    if (await fail(options, task, error)) lost.push(task.id);
  }
  return lost;
}

/** False when the task went on, or finished, between the two looks. */
async function fail({ store, log, now }: LostTaskOptions, task: Task, error: Failure): Promise<boolean> {
  const at = now().toISOString();
  const ended =
    task.status === 'queued'
      ? await store.tasks.failQueued(task.id, error, at)
      : await store.tasks.finish(task.id, { status: 'failed', error }, at);
  if (ended.error?.code !== error.code) return false;
  log.warn(
    { task: task.id, repo: task.repo, reason: error.message },
    'A task was lost by Temporal and has failed',
  );
  return true;
}

/** Looks now and then every minute, until stopped. */
export function watchLostTasks(options: LostTaskOptions, everyMs: number = EVERY_MS): () => Promise<void> {
  const stop = new AbortController();
  const watch = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await failLostTasks(options).catch((error: unknown) => {
        options.log.warn({ err: error }, 'Tasks could not be compared with Temporal');
      });
      await delay(everyMs, undefined, { signal: stop.signal, ref: false }).catch(() => undefined);
    }
  };
  const watching = watch();
  return async () => {
    stop.abort();
    await watching;
  };
}

async function lostBecause(client: Client, task: Task): Promise<Failure | null> {
  const again = task.kind === 'scan' ? `Scan ${task.repo} again.` : `Ask for the ${task.kind} again.`;
  const found = await describe(client, task.workflowId);
  if (!found) {
    return {
      code: 'temporal_lost',
      message: `Temporal does not know the task's workflow ${task.workflowId}: its database was lost or replaced. ${again}`,
    };
  }
  if (!(await isOwn(client, task, found))) {
    return {
      code: 'temporal_lost',
      message: `Temporal no longer knows the run of this task; another run has its workflow ID. ${again}`,
    };
  }
  if (found.status.name === 'RUNNING') return null;
  const wanting = task.status === 'queued' ? 'beginning' : 'finishing';
  return {
    code: 'temporal_lost',
    message: `The task's workflow ended as ${found.status.name} in Temporal without ${wanting} the task. ${again}`,
  };
}

/** Whether the newest run of the workflow goes on from the one that has the task. */
async function isOwn(client: Client, task: Task, newest: WorkflowExecutionDescription): Promise<boolean> {
  const first = firstRunOf(newest);
  if (first === task.runId || newest.runId === task.runId) return true;
  if (task.status !== 'queued') return false;
  // A request is known by the run that was given it, which may be any of its chain.
  const asked = await describe(client, task.workflowId, task.runId);
  return asked !== undefined && firstRunOf(asked) === first;
}

function firstRunOf({ raw, runId }: WorkflowExecutionDescription): string {
  return raw.workflowExecutionInfo?.firstRunId || runId;
}

/** Undefined when Temporal knows no such run. */
async function describe(
  client: Client,
  workflowId: string,
  runId?: string,
): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await client.workflow.getHandle(workflowId, runId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
