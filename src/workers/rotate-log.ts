import { rename, stat } from 'node:fs/promises';

const MOST_BYTES = 20 * 1024 * 1024;

/**
 * Puts a log aside as `<path>.old` when it is larger than 20 MiB; the one that was aside before is gone then. To be called
 * before somebody opens it. A log that is not there, or can't be moved, stays as it is.
 */
export async function rotateLog(path: string, mostBytes: number = MOST_BYTES): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found === null || found.size <= mostBytes) return;
  await rename(path, `${path}.old`).catch(() => undefined);
}
