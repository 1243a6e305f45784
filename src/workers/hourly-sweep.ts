import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../util/log.ts';

const HOUR_MS = 3_600_000;

/** Sweeps this machine's caches every hour, until stopped: each worker has its own, so no workflow can do it for all. */
export function sweepHourly(
  sweep: () => Promise<void>,
  log: Logger,
  everyMs: number = HOUR_MS,
): () => Promise<void> {
  const stop = new AbortController();
  const watch = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await delay(everyMs, undefined, { signal: stop.signal, ref: false }).catch(() => undefined);
      if (stop.signal.aborted) return;
      await sweep().catch((error: unknown) =>
        log.warn({ err: error }, 'This machine’s folders could not be swept; it is tried again'),
      );
    }
  };
  const watching = watch();
  return async () => {
    stop.abort();
    await watching;
  };
}
