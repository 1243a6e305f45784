import { mkdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceFolder } from './source-folder.ts';

/** Notes that a commit or work tree was used just now. */
export async function markSeen(folder: SourceFolder, name: string): Promise<void> {
  const path = join(folder.seen, name);
  const now = new Date();
  try {
    await utimes(path, now, now);
  } catch {
    await mkdir(folder.seen, { recursive: true });
    await writeFile(path, '');
  }
}

/** When a commit or work tree was last used, in ms since 1970; 0 when that isn't known. */
export async function lastSeen(folder: SourceFolder, name: string): Promise<number> {
  const found = await stat(join(folder.seen, name)).catch(() => null);
  return found?.mtimeMs ?? 0;
}

/** The name under which the use of a work tree is noted, apart from that of its commit. */
export function treeMark(tree: string): string {
  return `tree.${tree}`;
}

/** The name under which it is noted that a branch or a tag led to a commit. */
export function reachedMark(commit: string): string {
  return `reached.${commit}`;
}

/** Forgets one note. */
export async function forgetSeen(folder: SourceFolder, name: string): Promise<void> {
  await rm(join(folder.seen, name), { force: true });
}
