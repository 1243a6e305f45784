import { setTimeout as delay } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
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
 * Fails the tasks that run in the store but not in Temporal: its database was lost or replaced, or somebody
 * terminated or deleted the workflow. They can then be run again. While Temporal can't be asked nothing happens.
 * @returns the IDs of the tasks that failed
 */
export async function failLostTasks({
  client,
  store,
  log,
  now,
  graceMs,
}: LostTaskOptions): Promise<string[]> {
  const lost: string[] = [];
  for (const task of await store.tasks.running()) {
    const error = await lostBecause(client, task);
    if (error === null) continue;
    const age = now().getTime() - Date.parse(task.startedAt);
    if (age < (graceMs ?? GRACE_MS)) continue;
    const ended = await store.tasks.finish(task.id, { status: 'failed', error }, now().toISOString());
    // It may have finished between the two looks.
    if (ended.error?.code !== error.code) continue;
    log.warn(
      { task: task.id, repo: task.repo, reason: error.message },
      'A task was lost by Temporal and has failed',
    );
    lost.push(task.id);
  }
  return lost;
}

/** Looks now and then every minute, until stopped. */
export function watchLostTasks(options: LostTaskOptions, everyMs: number = EVERY_MS): () => Promise<void> {
  const stop = new AbortController();
  const watch = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await failLostTasks(options).catch((error: unknown) => {
        options.log.warn({ err: error }, 'Running tasks could not be compared with Temporal');
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
  const again = `Scan ${task.repo} again.`;
  try {
    const found = await client.workflow.getHandle(task.workflowId).describe();
    const firstRun = found.raw.workflowExecutionInfo?.firstRunId || found.runId;
    if (firstRun !== task.runId && found.runId !== task.runId) {
      return {
        code: 'temporal_lost',
        message: `Temporal no longer knows the run of this task; another run has its workflow ID. ${again}`,
      };
    }
    if (found.status.name === 'RUNNING') return null;
    return {
      code: 'temporal_lost',
      message: `The task's workflow ended as ${found.status.name} in Temporal without finishing the task. ${again}`,
    };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return {
      code: 'temporal_lost',
      message: `Temporal does not know the task's workflow ${task.workflowId}: its database was lost or replaced. ${again}`,
    };
  }
}
