import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { withFileLock } from '../util/file-lock.ts';
import type { GitCallOptions } from './git-context.ts';
import { cancelled } from './local-git.ts';

const POLL_MS = 20;
/** SQLITE_BUSY: somebody else holds the lock. */
const BUSY = 5;

/**
 * Runs `work` alone, across processes; says so when it has to wait.
 * @throws PlumblineError `cancelled`, and whatever `work` throws
 */
export async function withLock<T>(path: string, work: () => Promise<T>, options: GitCallOptions): Promise<T> {
  const { signal } = options;
  try {
    return await withFileLock(path, work, {
      signal,
      onWait: () => options.onProgress?.('Waiting for another fetch of this repository'),
    });
  } catch (error) {
    if (signal?.aborted === true && error === signal.reason) throw cancelled(signal);
    throw error;
  }
}

/**
 * Takes a lock that many may share, in this process and others, and gives the function that ends it. Nobody gets the same
 * lock alone (withFileLock, ifFree) meanwhile. It is the operating system's, by way of SQLite as in withFileLock: it ends
 * with the process, so a killed worker keeps nothing in use.
 * @throws PlumblineError `cancelled` while waiting for somebody who holds it alone
 */
export async function shareLock(path: string, signal?: AbortSignal): Promise<() => void> {
  await mkdir(dirname(path), { recursive: true });
  for (;;) {
    if (signal?.aborted === true) throw cancelled(signal);
    const database = tryShare(path);
    if (database !== null) {
      return () => {
        if (database.isOpen) database.close();
      };
    }
    await delay(POLL_MS * (0.5 + Math.random()));
  }
}

function tryShare(path: string): DatabaseSync | null {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // A transaction that has read holds the shared lock until it ends.
    database.exec('BEGIN; SELECT count(*) FROM sqlite_schema');
    return database;
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode === BUSY) return null;
    throw error;
  }
}

/** Runs `work` alone if nobody holds the lock in any way; otherwise gives false at once. */
export async function ifFree(path: string, work: () => Promise<void>): Promise<boolean> {
  const busy = new AbortController();
  const taken = Symbol('taken');
  try {
    await withFileLock(path, work, { signal: busy.signal, onWait: () => busy.abort(taken) });
    return true;
  } catch (error) {
    if (error === taken) return false;
    throw error;
  }
}
