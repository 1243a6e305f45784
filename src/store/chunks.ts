import { setImmediate as nextTurn } from 'node:timers/promises';

/** Rows per statement: far below the limit of parameters (SQLite 32,766, PostgreSQL 65,535) for every table. */
const ROWS_PER_STATEMENT = 500;

/**
 * Calls `action` with at most 500 items at a time, in order. Gives others a turn in between, because SQLite's calls
 * block the event loop.
 */
export async function inChunks<T>(
  items: readonly T[],
  action: (chunk: T[]) => Promise<unknown>,
): Promise<void> {
  for (let start = 0; start < items.length; start += ROWS_PER_STATEMENT) {
    if (start > 0) await nextTurn();
    await action(items.slice(start, start + ROWS_PER_STATEMENT));
  }
}
