import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { GitCallOptions, GitContext, Source } from './git-context.ts';
import { shareLock, withLock } from './lock.ts';
import { makeTree } from './make-tree.ts';
import { makeReadOnly, removeFolder } from './read-only.ts';
import { markSeen, treeMark } from './seen.ts';
import { makeLock, useLock, type SourceFolder } from './source-folder.ts';

/** A commit's files, in use until they are released. */
export interface Checkout {
  /** Absolute. Shared and without write permission: to change something, copy it first. */
  path: string;
  warnings: string[];
  /** Ends the use; the files stay until they are swept. Safe to call again. */
  release: () => Promise<void>;
}

/** What stands in a work tree's `made.json`. */
const MadeFile = z.object({ sizeBytes: z.number(), warnings: z.array(z.string()) });

/** With submodules, the same commit is another tree. */
function treeName(source: Source, commit: string): string {
  return source.repo.submodules ? `${commit}+submodules` : commit;
}

/**
 * Gives the work tree of a commit, making it when this machine has none yet. It is made in a folder of its own and then
 * renamed, so that a tree that is there is whole; who else wants it meanwhile waits. While it is in use, in this process
 * or another, it isn't swept; the use of a killed process ends with it.
 * @param commit a full SHA
 * @throws PlumblineError `commit_not_found`, `git_unsafe_tree`, `cancelled`, and what networkGit throws
 */
export async function checkOut(
  context: GitContext,
  source: Source,
  commit: string,
  options: GitCallOptions,
): Promise<Checkout> {
  const { folder } = source;
  const name = treeName(source, commit);
  const home = join(folder.trees, name);
  for (;;) {
    const endUse = await shareLock(useLock(folder, name), options.signal);
    try {
      const made = await readMade(home);
      if (made !== null) {
        await markSeen(folder, treeMark(name));
        return { path: join(home, 'tree'), warnings: made.warnings, release: onceOnly(folder, name, endUse) };
      }
    } catch (error) {
      endUse();
      throw error;
    }
    // Not there: make it, then look again, since it may be swept before it is in use.
    endUse();
    await withLock(makeLock(folder, name), async () => await make(context, source, commit, options), options);
  }
}

async function make(
  context: GitContext,
  source: Source,
  commit: string,
  options: GitCallOptions,
): Promise<void> {
  const { folder } = source;
  const name = treeName(source, commit);
  const home = join(folder.trees, name);
  if ((await readMade(home)) !== null) return;
  // The lock is ours: what lies here was left by a process that was killed.
  await removeUnfinished(folder, name);
  // A new name each time, since a git whose parent was killed may still be writing under the old one.
  const unfinished = join(folder.unfinished, `${name}.${randomUUID()}`);
  await mkdir(join(unfinished, 'tree'), { recursive: true });
  await mkdir(folder.trees, { recursive: true });
  try {
    const made = await makeTree(context, source, commit, join(unfinished, 'tree'), options);
    await writeFile(join(unfinished, 'made.json'), JSON.stringify(made));
    await makeReadOnly(join(unfinished, 'tree'));
    await markSeen(folder, treeMark(name));
    await rename(unfinished, home);
  } catch (error) {
    await removeFolder(unfinished);
    throw error;
  }
  context.log.debug({ repo: source.repo.name, commit }, 'work tree made');
}

/** Removes what killed processes left of one work tree. To be called by the one who holds its make lock. */
export async function removeUnfinished(folder: SourceFolder, name: string): Promise<void> {
  const left = await readdir(folder.unfinished).catch(() => []);
  for (const entry of left.filter((entry) => entry.startsWith(`${name}.`))) {
    // What can't be removed now is removed when sweeping.
    await removeFolder(join(folder.unfinished, entry)).catch(() => undefined);
  }
}

/** What is known of a work tree, or null when there is none. */
export async function readMade(home: string): Promise<z.infer<typeof MadeFile> | null> {
  const isThere = await stat(home).catch(() => null);
  if (isThere === null) return null;
  return MadeFile.parse(JSON.parse(await readFile(join(home, 'made.json'), 'utf8')));
}

function onceOnly(folder: SourceFolder, name: string, endUse: () => void): () => Promise<void> {
  let released = false;
  return async () => {
    if (released) return;
    released = true;
    await markSeen(folder, treeMark(name));
    endUse();
  };
}
