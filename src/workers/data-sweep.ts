import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { stackFolderName, stackLockPath } from '../activities/stack-folders.ts';
import type { Store } from '../store/store.ts';
import { withFileLock } from '../util/file-lock.ts';

const HOUR_MS = 3_600_000;
/** Folders of stacks that are gone stay for as long as their jobs do: a stack may come back. */
const KEEP_STACKS_MS = 7 * 24 * HOUR_MS;
/** How long to wait for a plan that still uses a folder; the next sweep comes in an hour. */
const LOCK_WAIT_MS = 1_000;

export interface DataSweepOptions {
  /** Absolute. */
  dataDir: string;
  store: Pick<Store, 'stacks' | 'configs'>;
  now: () => Date;
}

/**
 * Removes what nobody will ask for again from the folders that plans work in: those of attempts that were killed where
 * nobody could look after them (in a container, say; they can hold a plan in the clear), and those of stacks that no
 * longer exist. Safe to run again and at once.
 */
export async function sweepData(options: DataSweepOptions): Promise<void> {
  await sweepScratch(options);
  await sweepStacks(options);
}

async function sweepScratch({ dataDir, store, now }: DataSweepOptions): Promise<void> {
  const latest = await store.configs.latest();
  if (!latest) return;
  const { timeoutMs, graceMs } = latest.settings.scan;
  // Whatever is older than two whole plans belongs to none that still runs.
  const before = now().getTime() - 2 * (timeoutMs + graceMs) - HOUR_MS;
  const folder = join(dataDir, 'scratch');
  for (const name of await names(folder)) {
    const path = join(folder, name);
    if (await isOlder(path, before)) await rm(path, { recursive: true, force: true });
  }
}

async function sweepStacks({ dataDir, store, now }: DataSweepOptions): Promise<void> {
  const root = join(dataDir, 'stacks');
  const before = now().getTime() - KEEP_STACKS_MS;
  for (const repo of await names(root)) {
    const old: string[] = [];
    for (const name of await names(join(root, repo))) {
      if (!name.endsWith('.lock') && (await isOlder(join(root, repo, name), before))) old.push(name);
    }
    if (old.length === 0) continue;
    // Asked after the folders were listed: a stack that is found in between has a young folder or is known.
    const known = new Set((await store.stacks.list(repo)).map(({ key }) => stackFolderName(key)));
    for (const name of old) {
      if (!known.has(name))
        await removeStack(join(root, repo, name), stackLockPath(dataDir, repo, name), before);
    }
  }
}

/** Under the lock that plans of the stack hold, and only if none has used the folder meanwhile. The lock file stays. */
async function removeStack(path: string, lockPath: string, before: number): Promise<void> {
  const patience = AbortSignal.timeout(LOCK_WAIT_MS);
  let entered = false;
  try {
    await withFileLock(
      lockPath,
      async () => {
        entered = true;
        if (await isOlder(path, before)) await rm(path, { recursive: true, force: true });
      },
      { signal: patience },
    );
  } catch (error) {
    if (entered || !patience.aborted) throw error;
  }
}

async function names(folder: string): Promise<string[]> {
  return await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
}

async function isOlder(path: string, beforeMs: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && found.mtimeMs < beforeMs;
}
