import { PlumblineError } from '../../util/errors.ts';
import { pathFilter } from './path-filter.ts';
import type { RepoGit } from './repo-git.ts';

const ENTRY = /^(\d{6}) \w+ ([0-9a-f]+)\t(.+)$/s;

/** A tree that was put together, and what it has otherwise than the one it began with. */
export interface RestoredTree {
  tree: string;
  /** Sorted. */
  changed: string[];
}

/**
 * Makes the tree that has `paths` as `from` has them and all else as `onto` has it: files that were added, changed and deleted
 * since, links, rights to execute and submodules alike. No file is written; nothing of the content passes through here.
 * @param git on a repository that this has to itself: its index is used
 * @throws PlumblineError `git_unsafe_tree` for a path that is not UTF-8, `git_failed` where a file stands in a folder's place
 */
export async function restoreTree(
  git: RepoGit,
  { onto, from, paths }: { onto: string; from: string; paths: readonly string[] },
): Promise<RestoredTree> {
  const { removed, written } = await changedPaths(git, { onto, from, paths });
  const changed = [...removed, ...written.map(([path]) => path)].sort();
  const strange = changed.find((path) => path.includes('\ufffd'));
  if (strange !== undefined) {
    throw new PlumblineError(
      'git_unsafe_tree',
      `The name of the file ${strange} is not UTF-8: it can't be restored.`,
    );
  }
  await git(['read-tree', onto]);
  const nothing = '0'.repeat(onto.length);
  // Removals first, so that a folder may take a file's place.
  const lines = [
    ...removed.map((path) => `0 ${nothing}\t${path}\0`),
    ...written.map(([path, entry]) => `${entry}\t${path}\0`),
  ];
  await git(['update-index', '-z', '--index-info'], { input: lines.join('') });
  const { stdout } = await git(['write-tree']);
  return { tree: stdout.trim(), changed };
}

/** What `from` has otherwise than `onto` below these paths: paths that it lacks, and entries that are others there. */
export async function changedPaths(
  git: RepoGit,
  { onto, from, paths }: { onto: string; from: string; paths: readonly string[] },
): Promise<{ removed: string[]; written: [path: string, entry: string][] }> {
  const matches = pathFilter(paths);
  const now = await listEntries(git, onto, matches);
  const then = await listEntries(git, from, matches);
  return {
    removed: [...now.keys()].filter((path) => !then.has(path)),
    written: [...then].filter(([path, entry]) => now.get(path) !== entry),
  };
}

/** Mode and object of each path, in the form that the index takes them. */
async function listEntries(
  git: RepoGit,
  commit: string,
  matches: (path: string) => boolean,
): Promise<Map<string, string>> {
  const { stdout } = await git(['ls-tree', '-r', '-z', '--full-tree', commit]);
  const entries = new Map<string, string>();
  for (const line of stdout.split('\0')) {
    const [, mode, oid, path] = ENTRY.exec(line) ?? [];
    if (path !== undefined && matches(path)) entries.set(path, `${mode} ${oid}`);
  }
  return entries;
}
