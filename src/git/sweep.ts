import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readMade } from './checkout.ts';
import type { GitCallOptions, GitContext } from './git-context.ts';
import { localGit } from './local-git.ts';
import { ifFree, withLock } from './lock.ts';
import { COMMIT_REFS } from './mirror.ts';
import { removeFolder } from './read-only.ts';
import { forgetSeen, lastSeen, listSeen } from './seen.ts';
import { makeLock, mirrorLock, sourceFolderAt, useLock, type SourceFolder } from './source-folder.ts';

/** What sweeping did. */
export interface SweepResult {
  removedTrees: number;
  /** Of the work trees that stay. */
  sizeBytes: number;
}

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
    await removeUnfinished(folder);
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
    trees.push({ folder, name, sizeBytes: made?.sizeBytes ?? 0, seenMs: await lastSeen(folder, name) });
  }
  return trees;
}

/** What a killed process left; what somebody is making right now is left alone. */
async function removeUnfinished(folder: SourceFolder): Promise<void> {
  for (const name of await listFolders(folder.unfinished)) {
    await ifFree(makeLock(folder, name), async () => await removeFolder(join(folder.unfinished, name)));
  }
}

async function removeTree({ folder, name }: Tree): Promise<boolean> {
  return await ifFree(useLock(folder, name), async () => {
    await removeFolder(join(folder.trees, name));
    await forgetSeen(folder, name);
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
    const seen = await listSeen(folder);
    const stale = await listStale(folder, seen, nowMs - context.limits.maxAgeMs);
    if (seen.length > 0 && stale.length === seen.length) {
      // All of it: a repo that was renamed, moved or removed.
      await removeFolder(folder.mirror);
      await removeFolder(folder.history);
    } else {
      await dropCommits(context, folder, stale, options);
    }
    for (const name of stale) await forgetSeen(folder, name);
  };
  await withLock(mirrorLock(folder), tidy, options);
}

/** Names that were not used since `sinceMs` and have no work tree. */
async function listStale(folder: SourceFolder, seen: readonly string[], sinceMs: number): Promise<string[]> {
  const kept = new Set((await listFolders(folder.trees)).map(commitOf));
  const stale: string[] = [];
  for (const name of seen) {
    if (!kept.has(commitOf(name)) && (await lastSeen(folder, name)) < sinceMs) stale.push(name);
  }
  return stale;
}

async function dropCommits(
  context: GitContext,
  folder: SourceFolder,
  names: readonly string[],
  options: GitCallOptions,
): Promise<void> {
  if (!(await listFolders(folder.path)).includes(basename(folder.mirror))) return;
  const git = localGit(context, folder.mirror, options.signal);
  for (const name of names) await git(['update-ref', '-d', `${COMMIT_REFS}${commitOf(name)}`]);
  const limits = ['-c', 'gc.auto=2000', '-c', 'gc.autoPackLimit=30', '-c', 'gc.autoDetach=false'];
  await git([...limits, 'gc', '--auto', '--quiet']);
}

/** The commit of a work tree's name. */
function commitOf(name: string): string {
  return name.split('+', 1)[0] ?? name;
}
