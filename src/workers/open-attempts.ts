import { setTimeout as delay } from 'node:timers/promises';
import type { Processes } from '../activities/index.ts';
import type { Attempt } from '../domain/attempt.ts';
import type { Store } from '../store/store.ts';
import type { Logger } from '../util/log.ts';

const EVERY_MS = 15_000;

/** What looking after attempts needs. */
export interface OpenAttemptOptions {
  store: Store;
  processes: Processes;
  /** Finds out what became of an attempt whose worker is gone, and closes it. */
  recover: (attempt: Attempt, signal: AbortSignal) => Promise<Attempt>;
  /** Whether this process runs the tools of an attempt's stack: those of an environment's own queue run nowhere else. */
  serves: (attempt: Attempt) => Promise<boolean>;
  /** How long a worker on another host may be silent before its attempt counts as unknown. */
  lockTtlMs: () => Promise<number>;
  log: Logger;
  now: () => Date;
}

/**
 * Looks after attempts that were begun and not closed: at the start and every 15 s. One whose worker was killed on this
 * host is recovered; one of a host that no longer renews its lease becomes unknown, and needs an operator.
 */
export function watchOpenAttempts(
  options: OpenAttemptOptions,
  everyMs: number = EVERY_MS,
): () => Promise<void> {
  const stop = new AbortController();
  const watch = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await lookAfter(options, stop.signal).catch((error: unknown) => {
        if (!stop.signal.aborted) options.log.warn({ err: error }, 'Open attempts could not be looked after');
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

async function lookAfter(options: OpenAttemptOptions, signal: AbortSignal): Promise<void> {
  for (const attempt of await options.store.attempts.open()) {
    if (signal.aborted) return;
    // What nobody could find out once is not looked into again and again.
    if (attempt.status !== 'started') continue;
    const state = await options.processes.state(attempt.worker);
    if (state === 'running' || (state === 'unknown' && !(await silent(options, attempt)))) continue;
    if (state === 'gone' && !(await options.serves(attempt))) continue;
    const ended = await options.recover(attempt, signal);
    options.log.warn(
      { attempt: ended.id, repo: ended.repo, stack: ended.stackKey, status: ended.status },
      'An attempt whose worker was lost was looked into',
    );
  }
}

async function silent({ store, lockTtlMs, now }: OpenAttemptOptions, attempt: Attempt): Promise<boolean> {
  const lease = await store.attempts.lease(attempt.repo, attempt.stackKey);
  const since = Date.parse(lease?.renewedAt ?? attempt.startedAt);
  return now().getTime() - since > (await lockTtlMs());
}
