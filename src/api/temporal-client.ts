import {
  type Client,
  isGrpcServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import proto from '@temporalio/proto';
import { repoWorkflowId } from '../domain/ids.ts';
import { TASK_KINDS } from '../domain/task.ts';
import { decide, requestTask, type StartedRun, wakeApproval } from '../temporal/requests.ts';
import { PlumblineError } from '../util/errors.ts';
import type { ScanRepoInput } from '../workflows/inputs.ts';
import { inspectStack } from './temporal-inspect.ts';
import { unlockStack } from './temporal-unlock.ts';
import type { QueuePollers, RepoRun, TemporalPort } from './temporal-port.ts';

/** A queue that `health` reports on. */
export interface WatchedQueue {
  /** The name under which it is shown. */
  queue: string;
  /** The queue whose pollers are counted: every worker of `queue` polls it without a break. */
  polledAs: string;
  type: 'workflow' | 'activity';
}

/** Options of `createTemporalPort`. */
export interface TemporalPortOptions {
  client: Client;
  /** Shown in health and errors. */
  address: string;
  /** The queue of workflows. */
  taskQueue: string;
  queues: readonly WatchedQueue[];
  /** Longest time of one call. */
  deadlineMs?: number;
}

const { TaskQueueType } = proto.temporal.api.enums.v1;

/** A poller that wasn't heard of for this long is gone: a long poll lasts one minute. */
const POLLER_SILENCE_MS = 90_000;

/** The API's view of a real Temporal server. */
export function createTemporalPort(options: TemporalPortOptions): TemporalPort {
  const { client } = options;
  const deadlineMs = options.deadlineMs ?? 5_000;
  const call = <T>(fn: () => Promise<T>): Promise<T> =>
    client.connection.withDeadline(Date.now() + deadlineMs, fn);
  return {
    startScan: (input) => startScan(options, call, input),
    request: (repo, request) =>
      translate(options.address, () => call(() => requestTask(options, repo, request))),
    decide: (repo, key, verb, message) =>
      translate(options.address, () => call(() => decide(options, { repo, key, verb, message }))),
    unlock: (input) => translate(options.address, () => unlockStack(options, input)),
    inspect: (input) => translate(options.address, () => inspectStack(options, input)),
    wakeApproval: (repo, key, signal) =>
      translate(options.address, () => call(() => wakeApproval(options, { repo, key, signal }))),
    cancelRun: (repo, runId) => translate(options.address, () => call(() => cancel(client, repo, runId))),
    describeRepo: (repo) => translate(options.address, () => call(() => describe(client, repo))),
    health: () => health(options, call),
  };
}

type Call = <T>(fn: () => Promise<T>) => Promise<T>;

async function startScan(
  options: TemporalPortOptions,
  call: Call,
  input: ScanRepoInput,
): Promise<StartedRun> {
  const workflowId = repoWorkflowId(input.repo);
  return translate(options.address, async () => {
    try {
      const handle = await call(() =>
        options.client.workflow.start('scanRepo', {
          workflowId,
          taskQueue: options.taskQueue,
          args: [input],
          workflowIdConflictPolicy: 'FAIL',
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          staticSummary: summary(input),
        }),
      );
      return { workflowId, runId: handle.firstExecutionRunId };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      throw new PlumblineError('scan_in_progress', `A task of ${input.repo} is running already`, {
        cause: error,
        details: { repo: input.repo },
      });
    }
  });
}

function summary(input: ScanRepoInput): string {
  const what = input.stack === undefined ? input.repo : `${input.repo}, stack ${input.stack}`;
  return `Scan of ${what} (${input.trigger ?? 'manual'})`;
}

async function cancel(client: Client, repo: string, runId: string): Promise<void> {
  try {
    await client.workflow.getHandle(repoWorkflowId(repo), runId).cancel();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

async function describe(client: Client, repo: string): Promise<RepoRun | undefined> {
  const workflowId = repoWorkflowId(repo);
  try {
    const found = await client.workflow.getHandle(workflowId).describe();
    return {
      workflowId,
      runId: found.runId,
      firstRunId: found.raw.workflowExecutionInfo?.firstRunId || found.runId,
      kind: TASK_KINDS.find((kind) => found.type === `${kind}Repo`) ?? 'scan',
      running: found.status.name === 'RUNNING',
      startedAt: found.startTime.toISOString(),
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

async function health(options: TemporalPortOptions, call: Call): ReturnType<TemporalPort['health']> {
  const { address } = options;
  try {
    await call(() => options.client.workflowService.getSystemInfo({}));
    const workers = await Promise.all(
      options.queues.map((queue) => call(() => pollers(options.client, queue))),
    );
    return { ok: true, address, message: '', workers };
  } catch (error) {
    const workers = options.queues.map(({ queue }) => ({ queue, pollers: 0 }));
    return { ok: false, address, message: unavailable(address, error).message, workers };
  }
}

async function pollers(client: Client, watched: WatchedQueue): Promise<QueuePollers> {
  const answer = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: watched.polledAs },
    taskQueueType:
      watched.type === 'workflow'
        ? TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW
        : TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
  });
  const since = Date.now() - POLLER_SILENCE_MS;
  const heard = (answer.pollers ?? []).filter(
    ({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000 >= since,
  );
  return { queue: watched.queue, pollers: new Set(heard.map(({ identity }) => identity)).size };
}

async function translate<T>(address: string, fn: () => Promise<T>): Promise<T> {
  try {
    return await fn();
  } catch (error) {
    if (error instanceof PlumblineError) throw error;
    throw unavailable(address, error);
  }
}

function unavailable(address: string, error: unknown): PlumblineError {
  const reason = isGrpcServiceError(error) ? `gRPC code ${error.code}` : 'no connection';
  return new PlumblineError(
    'temporal_unavailable',
    `Temporal at ${address} does not answer (${reason}); check that it runs and that temporal.address is right`,
    { cause: error, retryable: true },
  );
}
