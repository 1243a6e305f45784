import type { GitCallOptions, GitContext, Source } from './git-context.ts';
import { lookUpAbbreviation } from './history.ts';
import { ensureCommit, fetchTip, findCommit, withMirror } from './mirror.ts';
import { checkBranchName, parseCommitName } from './ref-name.ts';
import { assertReachable, noteReached } from './reachable.ts';
import { askTip, BRANCHES } from './remote-refs.ts';

/** What a request for a commit came to. */
export interface ResolvedCommit {
  /** Full, lower case. */
  commit: string;
  /** The branch that was asked for or is the default; null for a commit asked for without one. */
  branch: string | null;
}

/** A commit that somebody asks for by its name. */
export interface NamedCommit {
  /** Full or abbreviated. */
  commit: string;
  branch: string | null;
  /** Whether a commit (full SHA) is on record as one that was reached, so that it may be used after a force push as well. */
  recorded?: ((commit: string) => Promise<boolean>) | undefined;
}

/**
 * The newest commit of a branch; without one, of the branch that is the host's default now. The host is asked each time;
 * the commit is fetched when the mirror lacks it.
 * @throws PlumblineError `repo_empty`, `commit_not_found` (no such branch), `git_ref_refused`, and what networkGit throws
 */
export async function resolveBranch(
  context: GitContext,
  source: Source,
  branch: string | null,
  options: GitCallOptions,
): Promise<ResolvedCommit> {
  if (branch !== null) checkBranchName(branch);
  const tip = await askTip(context, source, branch, options);
  const commit = await withMirror(context, source, tip.sha, options, async (mirror) => {
    if ((await findCommit(mirror, tip.sha)) === null)
      return await fetchTip(context, source, mirror, tip.ref, options);
    return await ensureCommit(context, source, mirror, tip.sha, options);
  });
  await noteReached(source, commit);
  return { commit, branch: tip.ref.startsWith(BRANCHES) ? tip.ref.slice(BRANCHES.length) : null };
}

/**
 * A commit by its full or abbreviated SHA, fetched when the mirror lacks it. One that no branch and no tag of the host leads to is
 * refused, unless it was reached before: by a scan on this machine, or as `recorded` knows.
 * @throws PlumblineError `commit_not_found` (also when the abbreviation fits several), `git_ref_refused`, and what
 *   networkGit throws
 */
export async function resolveCommit(
  context: GitContext,
  source: Source,
  { commit, branch, recorded }: NamedCommit,
  options: GitCallOptions,
): Promise<ResolvedCommit> {
  if (branch !== null) checkBranchName(branch);
  const name = parseCommitName(commit);
  const sha = name.full ? name.sha : await lookUpAbbreviation(context, source, name.sha, options);
  const known = (await recorded?.(sha)) ?? false;
  const found = await withMirror(context, source, sha, options, async (mirror) => {
    if (!known) await assertReachable(context, source, mirror, sha, options);
    return await ensureCommit(context, source, mirror, sha, options);
  });
  await noteReached(source, found);
  return { commit: found, branch };
}
