import { Worker, type WorkerOptions, type WorkflowBundleOption } from '@temporalio/worker';
import { queueOfAttempt } from '../activities/attempt-queue.ts';
import { type ActivityDeps, createActivities } from '../activities/index.ts';
import { createRunningTasks } from '../activities/running-tasks.ts';
import { presenceQueue, toolQueue } from '../workflows/queues.ts';
import { watchCancels } from './cancel-watch.ts';
import type { TemporalConnection } from './connect.ts';
import { sweepData } from './data-sweep.ts';
import { watchDeadWorkers } from './dead-workers.ts';
import { openProcesses } from './attempt-processes.ts';
import { watchOpenAttempts } from './open-attempts.ts';
import { countPollers, POLLER_SILENCE_MS } from './pollers.ts';
import { openProcessRecords } from './process-records.ts';
import { sweepHourly } from './hourly-sweep.ts';
import { watchLive } from './live-watch.ts';
import type { TriggerMetrics } from '../util/trigger-metrics.ts';
import { createTemporalRequests } from './temporal-requests.ts';
import { ensureSearchAttributes } from './search-attributes.ts';

/** With the default of 60 s a cancel would reach a tool that late. */
const HEARTBEAT_THROTTLE = '5 seconds';
/** Tools that don't end when they are killed don't keep the process for good. */
const FORCE_MS = 30_000;
/**
 * Jobs that a worker takes beyond its places for tools: the next tool starts when one ends, not when its output is read,
 * its result saved, and another job has come from the server.
 */
const AT_HAND = 4;
const FIVE_MINUTES_MS = 5 * 60_000;

/** What a worker process is made of. */
export interface StartWorkersOptions extends Pick<
  ActivityDeps,
  | 'store'
  | 'artifacts'
  | 'digestKey'
  | 'drivers'
  | 'workbench'
  | 'secrets'
  | 'toolEnv'
  | 'redactor'
  | 'log'
  | 'dataDir'
  | 'cacheDir'
  | 'concurrency'
> {
  /** Checks what the API signed; left out or null: nothing counts as signed. */
  verifySigned?: ActivityDeps['verifySigned'];
  metrics: ActivityDeps['metrics'] & TriggerMetrics;
  temporal: TemporalConnection;
  /** `temporal.task_queue` of the config. */
  taskQueue: string;
  bundle: WorkflowBundleOption;
  /** How long running plans may go on after `shutdown`, and then how long their tools have to stop. */
  shutdownGraceMs: number;
  toolGraceMs: number;
  /** 5 minutes unless given. */
  noWorkerAfterMs?: number;
  /** After how long without a poll a worker counts as gone: longer than the server's long polls. 90 s unless given. */
  pollerSilenceMs?: number;
  /** Run every hour: keeps this machine's caches small. */
  sweep?: () => Promise<void>;
  /** The tool queues that it serves; left out: the common one. None: it leaves tools to other hosts. */
  toolQueues?: readonly string[];
  plugins?: NonNullable<WorkerOptions['plugins']>;
}

export interface RunningWorkers {
  /** Rejects when a worker fails; resolves after `shutdown`. */
  done: Promise<void>;
  /** Takes no more work, gives running plans their grace time, then stops them. Resolves when all have ended. */
  shutdown(): Promise<void>;
}

/**
 * Starts the workers of a process: one for workflows and light activities, and for each tool queue one for tools, and one
 * that only shows that somebody is there. Tools that a killed predecessor left on this host are ended first, and their plans given up.
 * The caller keeps store and connection open until `done`.
 */
export async function startWorkers(options: StartWorkersOptions): Promise<RunningWorkers> {
  const { temporal, log, store } = options;
  const searchAttributes = await ensureSearchAttributes(temporal, log);
  const { client } = temporal;
  const { dataDir, taskQueue, toolGraceMs: graceMs } = options;
  const endDeadWatch = await watchDeadWorkers({ client, dataDir, taskQueue, graceMs, log });
  const running = createRunningTasks();
  const requests = createTemporalRequests(client, taskQueue);
  const records = await openProcessRecords(dataDir, log);
  const processes = await openProcesses();
  const activities = createActivities({
    ...options,
    worker: records.identity,
    toolQueue: toolQueue(taskQueue),
    countPollers: (queue) => countPollers(temporal, queue, options.pollerSilenceMs ?? POLLER_SILENCE_MS),
    searchAttributes,
    noWorkerAfterMs: options.noWorkerAfterMs ?? FIVE_MINUTES_MS,
    now: () => new Date(),
    temporal: requests,
    processes,
    verifySigned: options.verifySigned ?? null,
    running,
    records: records.tools,
  });
  const queues = options.toolQueues ?? [toolQueue(taskQueue)];
  const workers = await createWorkers(options, queues, activities, records.identity);
  const endings = [
    endDeadWatch,
    watchOpenAttempts({
      store,
      processes,
      recover: activities.recover,
      serves: async (attempt) => {
        const queue = await queueOfAttempt(store, attempt, toolQueue(taskQueue));
        return queue === undefined || queues.includes(queue);
      },
      lockTtlMs: async () => (await store.configs.latest())?.settings.worker.lockTtlMs ?? FIVE_MINUTES_MS,
      log,
      now: () => new Date(),
    }),
    watchCancels({ running, store, log }),
    watchLive({
      ...options,
      worker: records.identity,
      commonQueue: toolQueue(taskQueue),
      queues,
      now: () => new Date(),
      request: (repo, request) => requests.request(repo, request),
    }),
    sweepHourly(async () => {
      await options.sweep?.();
      await sweepData({ dataDir, store, now: () => new Date() });
    }, log),
  ];
  return run(workers, async () => {
    await Promise.all(endings.map((end) => end()));
    await records.close();
  });
}

async function createWorkers(
  options: StartWorkersOptions,
  queues: readonly string[],
  activities: ReturnType<typeof createActivities>,
  identity: string,
): Promise<Worker[]> {
  const shared = {
    connection: options.temporal.connection,
    namespace: options.temporal.namespace,
    identity,
    shutdownGraceTime: options.shutdownGraceMs,
    shutdownForceTime: options.shutdownGraceMs + options.toolGraceMs + FORCE_MS,
    maxHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
    defaultHeartbeatThrottleInterval: HEARTBEAT_THROTTLE,
    plugins: options.plugins ?? [],
  } satisfies Partial<WorkerOptions>;
  const light = Worker.create({
    ...shared,
    taskQueue: options.taskQueue,
    workflowBundle: options.bundle,
    activities: activities.light,
  });
  const tools = queues.flatMap((queue) => [
    Worker.create({
      ...shared,
      taskQueue: queue,
      activities: activities.tools,
      maxConcurrentActivityTaskExecutions: options.concurrency + Math.min(options.concurrency, AT_HAND),
    }),
    Worker.create({
      ...shared,
      taskQueue: presenceQueue(queue),
      activities: { present: async () => identity },
      maxConcurrentActivityTaskExecutions: 1,
      maxConcurrentActivityTaskPolls: 1,
    }),
  ]);
  return await Promise.all([light, ...tools]);
}

function run(workers: readonly Worker[], endWatches: () => Promise<void>): RunningWorkers {
  const stop = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const runs = workers.map((worker) => worker.run());
  // One that fails takes the others with it: half a worker would look like a whole one.
  for (const one of runs) one.catch(stop);
  const end = async (): Promise<void> => {
    const results = await Promise.allSettled(runs);
    await endWatches();
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  };
  const done = end();
  done.catch(() => undefined);
  return {
    done,
    shutdown: async () => {
      stop();
      await done;
    },
  };
}
