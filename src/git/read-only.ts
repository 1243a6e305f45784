import { chmod, lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const WRITE_BITS = 0o222;
const OWNER_ALL = 0o700;

/** Takes the right to write from every file and folder below a folder, and from itself. Links are left alone. */
export async function makeReadOnly(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await makeReadOnly(path);
    else if (entry.isFile()) await dropWriteBits(path);
  }
  await dropWriteBits(folder);
}

async function dropWriteBits(path: string): Promise<void> {
  const { mode } = await lstat(path);
  await chmod(path, mode & 0o7777 & ~WRITE_BITS);
}

/** Removes a folder whatever rights are set inside. Safe when it is gone already. */
export async function removeFolder(folder: string): Promise<void> {
  await allowChanges(folder);
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

async function allowChanges(folder: string): Promise<void> {
  try {
    await chmod(folder, OWNER_ALL);
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) await allowChanges(join(folder, entry.name));
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
