import type { GitCallOptions, GitContext, Source } from '../git-context.ts';
import { ensureCommit, withMirror } from '../mirror.ts';
import { repoGit } from './repo-git.ts';
import { changedPaths } from './restore-tree.ts';

/**
 * Whether two commits have the same content below these paths (files, folders or globs; empty: everywhere).
 * @param at full SHAs
 * @throws PlumblineError `commit_not_found`, and what networkGit throws
 */
export async function samePaths(
  context: GitContext,
  source: Source,
  at: { commit: string; other: string; paths: readonly string[] },
  options: GitCallOptions,
): Promise<boolean> {
  return await withMirror(context, source, at.commit, options, async (mirror) => {
    const onto = await ensureCommit(context, source, mirror, at.commit, options);
    const from = await ensureCommit(context, source, mirror, at.other, options);
    const git = repoGit(context, source.folder.mirror, { signal: options.signal });
    const { removed, written } = await changedPaths(git, { onto, from, paths: at.paths });
    return removed.length + written.length === 0;
  });
}
