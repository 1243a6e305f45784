import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** File systems allow 255 bytes; the rest is for suffixes. */
const LONGEST_NAME = 200;

/** The folders of one stack's plan, absolute. */
export interface StackFolders {
  /** Kept between plans. */
  dataDir: string;
  /** For this attempt alone. */
  scratchDir: string;
  /** Held while a plan of the stack runs on this machine. */
  lockPath: string;
}

/** Where a stack's plan works. Keys that are prefixes of each other get folders beside each other. */
export function stackFolders(dataDir: string, repo: string, key: string, attemptId: string): StackFolders {
  const name = stackFolderName(key);
  const base = join(dataDir, 'stacks', repo);
  return {
    dataDir: join(base, name),
    scratchDir: join(dataDir, 'scratch', attemptId),
    lockPath: join(base, `${name}.lock`),
  };
}

/** Makes the folders, the scratch one empty. */
export async function makeFolders(folders: StackFolders): Promise<void> {
  await rm(folders.scratchDir, { recursive: true, force: true });
  await mkdir(folders.scratchDir, { recursive: true, mode: 0o700 });
  await mkdir(folders.dataDir, { recursive: true, mode: 0o700 });
}

/** The name of a stack's folder. */
export function stackFolderName(key: string): string {
  const name = key.replaceAll('/', '~2f');
  if (name.length <= LONGEST_NAME) return name;
  const digest = createHash('sha256').update(key).digest('hex').slice(0, 24);
  return `${name.slice(0, LONGEST_NAME - 25)}-${digest}`;
}
