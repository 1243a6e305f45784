import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ActivityNotFoundError, type Client, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { Logger } from '../util/log.ts';
import { endGroup } from '../util/process-group.ts';
import { identifyMachine, identifyProcess, processState } from './process-identity.ts';
import { readWorkerRecords, type WorkerRecord } from './process-records.ts';

const { PendingActivityState } = proto.temporal.api.enums.v1;
const STARTED: ReadonlySet<unknown> = new Set([
  PendingActivityState.PENDING_ACTIVITY_STATE_STARTED,
  PendingActivityState.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED,
]);
const EVERY_MS = 15_000;
const LOST = 'The worker was killed while it planned this stack.';

export interface DeadWorkerOptions {
  client: Client;
  /** Absolute. */
  dataDir: string;
  /** The queue of the workflows whose activities are looked through. */
  taskQueue: string;
  /** How long tools have between SIGINT and SIGKILL. */
  graceMs: number;
  log: Logger;
}

/**
 * Looks after workers of this host that were killed: ends the tools that they left running, and tells Temporal that
 * their activities failed, so that the next attempt begins at once instead of after `lock_ttl`. Looks at the start and
 * every 15 s, until stopped. A dead worker is looked after twice, since the server may hand out a task while it dies.
 */
export async function watchDeadWorkers(
  options: DeadWorkerOptions,
  everyMs: number = EVERY_MS,
): Promise<() => Promise<void>> {
  const seen = new Set<string>();
  const look = () =>
    lookAfter(options, seen).catch((error: unknown) => {
      options.log.warn({ err: error }, 'A killed worker could not be looked after; it is tried again');
    });
  await look();
  const stop = new AbortController();
  const watch = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await delay(everyMs, undefined, { signal: stop.signal, ref: false }).catch(() => undefined);
      if (!stop.signal.aborted) await look();
    }
  };
  const watching = watch();
  return async () => {
    stop.abort();
    await watching;
  };
}

async function lookAfter(options: DeadWorkerOptions, seen: Set<string>): Promise<void> {
  const dead: WorkerRecord[] = [];
  for (const record of await readWorkerRecords(options.dataDir)) {
    // One in another PID namespace can't be judged from here: its activities end by their heartbeat time-out.
    if ((await processState(record.process)) === 'gone') dead.push(record);
  }
  if (dead.length === 0) return;
  await Promise.all(dead.map((record) => endTools(record, options.graceMs)));
  await giveUpActivities(options, new Set(dead.map(({ identity }) => identity)));
  for (const record of dead) {
    if (seen.has(record.identity)) await rm(record.folder, { recursive: true, force: true });
    seen.add(record.identity);
  }
}

/** Tools of a plan have nothing to save, but they write caches: they get their time to stop. */
async function endTools({ activities }: WorkerRecord, graceMs: number): Promise<void> {
  const { bootId } = await identifyMachine();
  await Promise.all(
    activities.flatMap(({ groups }) =>
      groups.map(async (leader) => {
        const now = await identifyProcess(leader.pid);
        // A leader that ended leaves its group to the rest of it; a PID that is used again is somebody else's.
        const ours = bootId === leader.bootId && (now === undefined || now.startedAt === leader.startedAt);
        if (ours) await endGroup(leader.pid, { graceMs });
      }),
    ),
  );
  const folders = activities.flatMap(({ scratchDir }) => (scratchDir === null ? [] : [scratchDir]));
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
}

/** Fails what Temporal believes the dead to be working on. */
async function giveUpActivities(
  { client, taskQueue, log }: DeadWorkerOptions,
  dead: ReadonlySet<string>,
): Promise<void> {
  const query = `ExecutionStatus = "Running" AND TaskQueue = "${taskQueue}"`;
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    for (const activityId of await activitiesOf(client, { workflowId, runId }, dead)) {
      const gaveUp = await giveUp(client, { workflowId, runId, activityId });
      if (gaveUp)
        log.warn(
          { workflowId, activityId },
          'A killed worker’s activity was given up; it may be tried again',
        );
    }
  }
}

async function activitiesOf(
  client: Client,
  { workflowId, runId }: { workflowId: string; runId: string },
  dead: ReadonlySet<string>,
): Promise<string[]> {
  try {
    const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
    return (
      (raw.pendingActivities ?? [])
        // One that waits for its next attempt keeps the name of the worker that had the last one.
        .filter(({ state, lastWorkerIdentity }) => STARTED.has(state) && dead.has(lastWorkerIdentity ?? ''))
        .map(({ activityId }) => activityId ?? '')
    );
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  }
}

/** Whether it was still waited for. */
async function giveUp(
  client: Client,
  activity: { workflowId: string; runId: string; activityId: string },
): Promise<boolean> {
  try {
    await client.activity.fail(activity, ApplicationFailure.retryable(LOST, 'worker_lost'));
    return true;
  } catch (error) {
    if (error instanceof ActivityNotFoundError) return false;
    throw error;
  }
}
