import { expect } from 'vitest';

const PATIENCE_MS = 45_000;

/** `expect` of a value that is asked for again until it fits; for what a page, a server or a process does in its own time. */
export function eventually<T>(read: () => T | Promise<T>) {
  return expect.poll(read, { timeout: PATIENCE_MS, interval: 50 });
}
