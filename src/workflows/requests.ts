import {
  CancellationScope,
  condition,
  ContinueAsNew,
  defineSignal,
  makeContinueAsNewFunc,
  patched,
  setHandler,
} from '@temporalio/workflow';
import type { RepoRequest, RepoTaskInput } from './inputs.ts';
import { light } from './light.ts';

/** Asks the repo for a task: taken at once when it is idle, else as soon as the present task has ended. */
const requestSignal = defineSignal<[RepoRequest]>('request');

/**
 * Runs a repo's task and keeps the requests that arrive meanwhile. When the task has ended in whatever way and requests
 * wait, the workflow continues as new with the next of them, so that none is lost.
 */
export async function withRequests<T>(
  repo: string,
  carried: readonly RepoRequest[] | undefined,
  task: (queue: RepoRequest[]) => Promise<T>,
): Promise<T> {
  const queue = [...(carried ?? [])];
  setHandler(requestSignal, (request) => void queue.push(request));
  let result: T;
  try {
    result = await task(queue);
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    await continueWithNext(repo, queue);
    throw error;
  }
  await continueWithNext(repo, queue);
  return result;
}

/**
 * Takes the next request off the queue, and waits for the one that started the workflow. Null when nothing is asked for
 * any more: it was cancelled before it began, or nobody could understand it.
 */
export async function waitForRequest(repo: string, queue: RepoRequest[]): Promise<RepoRequest | null> {
  for (;;) {
    await condition(() => queue.length > 0);
    const next = await takeRequest(repo, queue);
    if (next) return next;
    // Waiting on would hold the repo's lock for nothing.
    if (queue.length === 0 && patched('nothing-asked-for')) return null;
  }
}

/** Null when nothing in the queue could be understood. */
async function takeRequest(repo: string, queue: RepoRequest[]): Promise<RepoRequest | null> {
  return await CancellationScope.nonCancellable(async () => {
    const waiting = [...queue];
    const { next, rest } = await light.nextRequest({ repo, queue: waiting });
    queue.splice(0, waiting.length, ...rest);
    return next;
  });
}

/** Ends this run in favour of one for the request; the rest of the queue goes with it. */
export async function continueWith(
  repo: string,
  request: RepoRequest,
  queue: readonly RepoRequest[],
): Promise<never> {
  const { kind, ...wanted } = request;
  const next = makeContinueAsNewFunc<(input: RepoTaskInput) => Promise<unknown>>({
    workflowType: `${kind}Repo`,
  });
  return await next({ ...wanted, repo, queue: [...queue] });
}

async function continueWithNext(repo: string, queue: RepoRequest[]): Promise<void> {
  while (queue.length > 0) {
    const next = await takeRequest(repo, queue);
    if (next) await continueWith(repo, next, queue);
  }
}
