import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PlumblineError } from '../util/errors.ts';
import type { GitCallOptions, GitContext, Source } from './git-context.ts';
import { fetchGraph, graphOf } from './history.ts';
import { localGit, type LocalGit } from './local-git.ts';
import { ensureCommit, findCommit } from './mirror.ts';
import { listTips } from './remote-refs.ts';
import { shownUrl } from './repo-url.ts';
import { markSeen, reachedMark } from './seen.ts';

/**
 * Makes sure that a commit is the repository's own: that one of its branches or tags leads to it. A host gives any object of
 * the whole network of forks to whoever knows its name, so that a commit which is there says nothing about who could push it.
 * What led to it once is enough, as far as this machine has noted it (noteReached). Nothing of the commit is fetched.
 * To be called within withMirror. Safe to run again.
 * @param sha a full name
 * @throws PlumblineError `commit_not_found`, and what networkGit throws
 */
export async function assertReachable(
  context: GitContext,
  source: Source,
  mirror: LocalGit,
  sha: string,
  options: GitCallOptions,
): Promise<void> {
  if (wasReached(source, sha)) return;
  if (await leadsTo(context, graphOf(source), sha, options)) return;
  const tips = await listTips(context, source, options);
  if (tips.some((tip) => tip.sha === sha)) return;
  const tip = await firstHeld(mirror, tips);
  if (tip !== undefined) {
    // Also tells whether the host gives parts of a history at all.
    await ensureCommit(context, source, mirror, tip, options);
    if (await leadsTo(context, await fetchGraph(context, source, tip, options), sha, options)) return;
  }
  throw new PlumblineError(
    'commit_not_found',
    `Commit ${sha} is in no branch and no tag of ${shownUrl(source.remote.url)}: it was removed by a force push, or belongs to a fork or another repository. Push it to a branch of this repository, then ask again.`,
    { details: { commit: sha, repo: source.repo.name } },
  );
}

/** Notes that a branch or a tag leads to a commit, so that it may be asked for by name also after a force push. */
export async function noteReached(source: Source, sha: string): Promise<void> {
  if (!wasReached(source, sha)) await markSeen(source.folder, reachedMark(sha));
}

function wasReached(source: Source, sha: string): boolean {
  return existsSync(join(source.folder.seen, reachedMark(sha)));
}

/** Whether a branch or a tag leads to the commit, by what was fetched of the repository's graph so far. */
async function leadsTo(
  context: GitContext,
  { folder, refs }: { folder: string; refs: readonly string[] },
  sha: string,
  options: GitCallOptions,
): Promise<boolean> {
  if (!existsSync(folder)) return false;
  const git = localGit(context, folder, options.signal);
  if ((await findCommit(git, sha)) === null) return false;
  const found = await git(['for-each-ref', '--count=1', '--format=%(refname)', `--contains=${sha}`, ...refs]);
  return found.trim() !== '';
}

/** Of the tips one whose commit is here already, so that nothing is fetched for it; else the first branch. */
async function firstHeld(mirror: LocalGit, tips: readonly { sha: string }[]): Promise<string | undefined> {
  for (const { sha } of tips.slice(0, MOST_TRIED)) if ((await findCommit(mirror, sha)) !== null) return sha;
  return tips[0]?.sha;
}

/** Tips that are looked for: of a repository with thousands of branches, a look at each would take longer than a fetch. */
const MOST_TRIED = 100;
