import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { tidyHistory } from './commits/full-history.ts';
import { readMade, removeUnfinished } from './checkout.ts';
import type { GitCallOptions, GitContext } from './git-context.ts';
import { localGit, type LocalGit } from './local-git.ts';
import { ifFree, withLock } from './lock.ts';
import { COMMIT_REFS } from './mirror.ts';
import { removeFolder } from './read-only.ts';
import { forgetSeen, lastSeen, reachedMark, treeMark } from './seen.ts';
import { makeLock, mirrorLock, sourceFolderAt, useLock, type SourceFolder } from './source-folder.ts';

/** What sweeping did. */
export interface SweepResult {
  removedTrees: number;
  /** Of the work trees that stay. */
  sizeBytes: number;
}

/** Each fetch leaves a pack: with thirty, or 2,000 loose objects, they are made one. */
const PACK_LIMITS = ['-c', 'gc.auto=2000', '-c', 'gc.autoPackLimit=30', '-c', 'gc.autoDetach=false'];

interface Tree {
  folder: SourceFolder;
  name: string;
  sizeBytes: number;
  seenMs: number;
}

/**
 * Removes work trees that nobody uses and nobody used for `maxAgeMs`, then the least recently used ones until `maxBytes`
 * are kept; then tidies the mirrors. Safe to run at any time, at once in several processes, and again.
 */
export async function sweepCache(
  context: GitContext,
  nowMs: number,
  options: GitCallOptions,
): Promise<SweepResult> {
  const folders = await listSources(context.rootDir);
  const trees: Tree[] = [];
  for (const folder of folders) {
    await sweepUnfinished(folder);
    trees.push(...(await listTrees(folder)));
  }
  trees.sort((a, b) => a.seenMs - b.seenMs);
  let sizeBytes = trees.reduce((sum, tree) => sum + tree.sizeBytes, 0);
  let removedTrees = 0;
  for (const tree of trees) {
    const old = tree.seenMs < nowMs - context.limits.maxAgeMs;
    if (!old && sizeBytes <= context.limits.maxBytes) continue;
    if (!(await removeTree(tree))) continue;
    sizeBytes -= tree.sizeBytes;
    removedTrees += 1;
  }
  for (const folder of folders) await tidyMirror(context, folder, nowMs, options);
  if (removedTrees > 0) context.log.info({ removedTrees, sizeBytes }, 'work trees swept');
  return { removedTrees, sizeBytes };
}

async function listSources(rootDir: string): Promise<SourceFolder[]> {
  const folders: SourceFolder[] = [];
  for (const repo of await listFolders(rootDir)) {
    for (const source of await listFolders(join(rootDir, repo))) {
      folders.push(sourceFolderAt(join(rootDir, repo, source)));
    }
  }
  return folders;
}

async function listFolders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

async function listTrees(folder: SourceFolder): Promise<Tree[]> {
  const trees: Tree[] = [];
  for (const name of await listFolders(folder.trees)) {
    const made = await readMade(join(folder.trees, name)).catch(() => null);
    trees.push({
      folder,
      name,
      sizeBytes: made?.sizeBytes ?? 0,
      seenMs: await lastSeen(folder, treeMark(name)),
    });
  }
  return trees;
}

/** What killed processes left; what somebody is making right now is left alone. */
async function sweepUnfinished(folder: SourceFolder): Promise<void> {
  const names = new Set(
    (await listFolders(folder.unfinished)).map((entry) => entry.split('.', 1)[0] ?? entry),
  );
  for (const name of names) {
    await ifFree(makeLock(folder, name), async () => await removeUnfinished(folder, name));
  }
}

async function removeTree({ folder, name }: Tree): Promise<boolean> {
  return await ifFree(useLock(folder, name), async () => {
    await removeFolder(join(folder.trees, name));
    await forgetSeen(folder, treeMark(name));
  });
}

/** Lets go of commits that nobody asked for lately, and packs what came in many pieces. */
async function tidyMirror(
  context: GitContext,
  folder: SourceFolder,
  nowMs: number,
  options: GitCallOptions,
): Promise<void> {
  const tidy = async () => {
    if (!existsSync(folder.mirror)) return;
    const git = localGit(context, folder.mirror, options.signal);
    const commits = await listCommits(git);
    const stale = await listStale(folder, commits, nowMs - context.limits.maxAgeMs);
    if (stale.length === commits.length && (await listFolders(folder.trees)).length === 0) {
      // Nothing is left: a repo that was renamed, moved or removed.
      await removeFolder(folder.mirror);
      await removeFolder(folder.history);
      await removeFolder(folder.lines);
    } else {
      for (const commit of stale) await git(['update-ref', '-d', `${COMMIT_REFS}${commit}`]);
      await git([...PACK_LIMITS, 'gc', '--auto', '--quiet']);
      if (existsSync(folder.lines)) {
        await tidyHistory(
          context,
          folder.lines,
          stale,
          [...PACK_LIMITS, 'gc', '--auto', '--quiet'],
          options.signal,
        );
      }
    }
    for (const commit of stale) {
      await forgetSeen(folder, commit);
      await forgetSeen(folder, reachedMark(commit));
    }
  };
  await withLock(mirrorLock(folder), tidy, options);
}

async function listCommits(git: LocalGit): Promise<string[]> {
  const output = await git(['for-each-ref', '--format=%(objectname)', COMMIT_REFS]);
  return output.split('\n').filter((line) => line !== '');
}

/** Commits that were not used since `sinceMs` and have no work tree. */
async function listStale(
  folder: SourceFolder,
  commits: readonly string[],
  sinceMs: number,
): Promise<string[]> {
  const kept = new Set((await listFolders(folder.trees)).map((name) => name.split('+', 1)[0]));
  const stale: string[] = [];
  for (const commit of commits) {
    if (!kept.has(commit) && (await lastSeen(folder, commit)) < sinceMs) stale.push(commit);
  }
  return stale;
}
