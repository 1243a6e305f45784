import { setTimeout as delay } from 'node:timers/promises';

/** How long one call may block the event loop while it waits for another process (`busy_timeout`). */
export const BLOCKING_WAIT_MS = 20;
/** How long to go on trying in all, without blocking the event loop. */
const LONGEST_WAIT_MS = 60_000;

const SQLITE_BUSY = 5;

/** SQLite's primary result code, or undefined when the error is not SQLite's. */
export function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || (error as NodeJS.ErrnoException).code !== 'ERR_SQLITE_ERROR')
    return undefined;
  const { errcode } = error as Error & { errcode?: number };
  // The low byte is the primary code; the rest says more about it.
  return errcode === undefined ? undefined : errcode & 0xff;
}

/**
 * Runs `action` again while another process holds the lock that it needs, up to a minute. SQLite's own busy time-out
 * would stop the event loop for as long, and with it heartbeats and requests.
 */
export async function retryWhileBusy<T>(action: () => T): Promise<T> {
  const giveUpAt = Date.now() + LONGEST_WAIT_MS;
  for (;;) {
    try {
      return action();
    } catch (error) {
      if (sqliteCode(error) !== SQLITE_BUSY || Date.now() > giveUpAt) throw error;
      await delay(1 + Math.random() * 15);
    }
  }
}
