import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { entryName } from '../domain/repo-name.ts';

/** File systems allow 255 bytes; the rest is for suffixes. */
const LONGEST_NAME = 200;

/** The folders of one stack's plan, absolute. */
export interface StackFolders {
  /** Kept between plans. */
  dataDir: string;
  /** For this attempt alone. */
  scratchDir: string;
  /** Held while a tool works on the stack on this machine, on whatever branch of its repo's entry. */
  lockPath: string;
}

/** Where a stack's plan works. Keys that are prefixes of each other get folders beside each other. */
export function stackFolders(dataDir: string, repo: string, key: string, attemptId: string): StackFolders {
  const name = stackFolderName(key);
  return {
    dataDir: join(dataDir, 'stacks', repo, name),
    scratchDir: join(dataDir, 'scratch', attemptId),
    lockPath: stackLockPath(dataDir, repo, name),
  };
}

/** Makes the folders, the scratch one empty. */
export async function makeFolders(folders: StackFolders): Promise<void> {
  await rm(folders.scratchDir, { recursive: true, force: true });
  await mkdir(folders.scratchDir, { recursive: true, mode: 0o700 });
  await mkdir(folders.dataDir, { recursive: true, mode: 0o700 });
}

/** The lock of a stack's folder, by the folder's name: one for all branches of an entry, which may hold the same state. */
export function stackLockPath(dataDir: string, repo: string, name: string): string {
  return join(dataDir, 'stacks', entryName(repo), `${name}.lock`);
}

/** The name of a stack's folder. */
export function stackFolderName(key: string): string {
  const name = key.replaceAll('/', '~2f');
  if (name.length <= LONGEST_NAME) return name;
  const digest = createHash('sha256').update(key).digest('hex').slice(0, 24);
  return `${name.slice(0, LONGEST_NAME - 25)}-${digest}`;
}
