import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';

const FIRST_POLL_MS = 10;
const SLOWEST_POLL_MS = 250;
/** SQLITE_BUSY: somebody else holds the lock. */
const BUSY = 5;

export interface FileLockOptions {
  /** Ends the waiting; the work itself is not interrupted by it. */
  signal?: AbortSignal | undefined;
  /** Called once, when the lock is held by somebody else. */
  onWait?: (() => void) | undefined;
}

/**
 * Runs `work` while no other process (or call in this process) holds the lock of the same path. Not re-entrant.
 *
 * The lock is SQLite's on an empty database, which is the operating system's: it ends with the process that holds it, so
 * that a killed process leaves nothing behind that others would have to judge. The file itself stays, by intent: removing
 * it would let two holders in. On a network file system it is as good as that system's locks.
 * @throws the signal's reason when waiting was cancelled, and whatever `work` throws
 */
export async function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  options: FileLockOptions = {},
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const database = await acquire(path, options);
  try {
    return await work();
  } finally {
    database.close();
  }
}

async function acquire(path: string, options: FileLockOptions): Promise<DatabaseSync> {
  let pause = FIRST_POLL_MS;
  for (let waited = false; ; waited = true) {
    options.signal?.throwIfAborted();
    const database = tryLock(path);
    if (database !== null) return database;
    if (!waited) options.onWait?.();
    // Jitter, so that several waiters don't stay in step.
    await delay(pause * (0.5 + Math.random()), undefined, { signal: options.signal }).catch(() => undefined);
    pause = Math.min(pause * 2, SLOWEST_POLL_MS);
  }
}

function tryLock(path: string): DatabaseSync | null {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === BUSY) return null;
    throw error;
  }
}
