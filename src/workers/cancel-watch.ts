import { setTimeout as delay } from 'node:timers/promises';
import type { RunningTasks } from '../activities/running-tasks.ts';
import type { Store } from '../store/store.ts';
import type { Logger } from '../util/log.ts';

const EVERY_MS = 2_000;

/**
 * Stops the tools of cancelled tasks. Temporal tells an activity of a cancel only when it heartbeats, which the config
 * may make as rare as once in ten minutes; the store knows at once. One query every 2 s, and only while tools run.
 * @returns ends the watch
 */
export function watchCancels(
  { running, store, log }: { running: RunningTasks; store: Store; log: Logger },
  everyMs: number = EVERY_MS,
): () => Promise<void> {
  const stop = new AbortController();
  const watch = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await delay(everyMs, undefined, { signal: stop.signal }).catch(() => undefined);
      if (stop.signal.aborted || running.taskIds().length === 0) continue;
      try {
        for (const taskId of await store.tasks.cancelRequested()) running.abort(taskId);
      } catch (error) {
        log.warn({ err: error }, 'The store could not be asked for cancelled tasks');
      }
    }
  };
  const watching = watch();
  return async () => {
    stop.abort();
    await watching;
  };
}
