import { PlumblineError } from '../util/errors.ts';
import type { LocalGit } from './local-git.ts';

/** One entry of a commit: a file, a link, or the commit of a submodule. */
export interface TreeEntry {
  kind: 'file' | 'link' | 'submodule';
  /** Relative to the root, with `/`. */
  path: string;
  /** The blob or, of a submodule, its commit. */
  oid: string;
  sizeBytes: number;
}

const ENTRY = /^(\d{6}) (\w+) ([0-9a-f]+) +(-|\d+)\t(.+)$/s;

/**
 * Everything that a commit holds, in Git's order.
 * @throws PlumblineError `git_unsafe_tree` for a link or submodule whose name is not UTF-8, since it can't be checked
 */
export async function listTree(git: LocalGit, commit: string): Promise<TreeEntry[]> {
  const output = await git(['ls-tree', '-r', '-l', '-z', '--full-tree', commit]);
  const entries: TreeEntry[] = [];
  for (const line of output.split('\0')) {
    const match = ENTRY.exec(line);
    if (!match) continue;
    const [, mode, , oid = '', size, path = ''] = match;
    const kind = mode === '120000' ? 'link' : mode === '160000' ? 'submodule' : 'file';
    if (kind !== 'file' && path.includes('\ufffd')) {
      throw new PlumblineError(
        'git_unsafe_tree',
        `Commit ${commit} holds a ${kind} whose name is not UTF-8: ${path}.`,
      );
    }
    entries.push({ kind, path, oid, sizeBytes: Number(size) || 0 });
  }
  return entries;
}
