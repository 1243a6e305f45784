import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommitSettings } from '../../domain/settings.ts';
import { PlumblineError } from '../../util/errors.ts';
import { removeUnfinished } from '../checkout.ts';
import type { GitCallOptions, GitContext, Source } from '../git-context.ts';
import { withLock } from '../lock.ts';
import { ensureCommit, openBare, withMirror } from '../mirror.ts';
import { BRANCHES } from '../remote-refs.ts';
import { shownUrl } from '../repo-url.ts';
import { resolveBranch } from '../resolve.ts';
import { makeLock } from '../source-folder.ts';
import { withFullHistory } from './full-history.ts';
import { makeCommit, signingConfig } from './make-commit.ts';
import type { CommitPerson } from './people.ts';
import { pushCommit } from './push-commit.ts';
import { repoGit } from './repo-git.ts';
import { restoreTree } from './restore-tree.ts';

/** How often it is made anew when others push meanwhile. */
const MOST_TRIES = 5;
/** Stands where the name of a work tree stands otherwise. */
const REVERTS = 'reverts';

/** What is to be restored. */
export interface Revert {
  /** null: the repo's branch, else the host's default. */
  branch: string | null;
  /** Files, folders or globs; empty: everything. */
  paths: readonly string[];
  /** A full SHA in the branch's history. */
  toCommit: string;
  message: string;
  author: CommitPerson;
}

/** What was pushed. */
export interface Reverted {
  commit: string;
  branch: string;
  /** Paths, sorted. */
  changed: readonly string[];
}

/**
 * Commits on top of a branch's newest commit the content that `paths` had at `toCommit`, and pushes that with the repo's
 * credentials. When somebody pushes meanwhile, it is made anew on top of theirs, five times in all. Never a force push.
 * Run again after it was cut short: what was pushed already is found as `nothing_to_revert`.
 * @throws PlumblineError `nothing_to_revert` (details: `branch` and its newest `commit`), `push_refused` with the host's words,
 *   `commit_not_found` (also for a commit that is not in the branch's history), `commit_sign_failed`, `secret_missing`,
 *   and what networkGit throws
 */
export async function revertPaths(
  context: GitContext,
  source: Source,
  revert: Revert,
  commits: CommitSettings,
  options: GitCallOptions,
): Promise<Reverted> {
  // Alone, also so that a sweep leaves the unfinished one alone.
  const work = async () => await revertUntilPushed(context, source, revert, commits, options);
  return await withLock(makeLock(source.folder, REVERTS), work, options);
}

async function revertUntilPushed(
  context: GitContext,
  source: Source,
  revert: Revert,
  commits: CommitSettings,
  options: GitCallOptions,
): Promise<Reverted> {
  await removeUnfinished(source.folder, REVERTS);
  await mkdir(source.folder.unfinished, { recursive: true });
  for (let tries = 1; ; tries += 1) {
    const tip = await resolveBranch(context, source, revert.branch ?? source.repo.branch, options);
    const { branch, commit: newest } = tip;
    if (branch === null) throw noBranch(source);
    const folder = await mkdtemp(join(source.folder.unfinished, `${REVERTS}.`));
    try {
      const wanted = { ...revert, branch, newest, folder };
      const made = await makeRevert(context, source, wanted, commits, options);
      if (
        await pushCommit(
          context,
          source,
          { folder, commit: made.commit, ref: `${BRANCHES}${branch}` },
          options,
        )
      )
        return made;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    context.log.info({ repo: source.repo.name, branch, tries }, 'somebody pushed meanwhile');
    if (tries === MOST_TRIES) throw overtaken(source, branch);
  }
}

/** In a repository of its own, which borrows the objects of the mirror: nothing is left in there when this is cut short. */
async function makeRevert(
  context: GitContext,
  source: Source,
  revert: Revert & { branch: string; newest: string; folder: string },
  commits: CommitSettings,
  options: GitCallOptions,
): Promise<Reverted> {
  const { branch, newest, toCommit, folder, paths } = revert;
  const range = { commit: newest, base: toCommit };
  await withFullHistory(context, source, range, options, async ({ git, hasBase }) => {
    const args = ['merge-base', '--is-ancestor', toCommit, newest];
    const isEarlier = hasBase && (await git(args, { answers: [0, 1, 128] })).exitCode === 0;
    if (!isEarlier) throw notInHistory(source, toCommit, branch);
  });
  // Its files are fetched, not just its place in the history.
  await ensureFiles(context, source, toCommit, options);
  await openBare(context, folder, newest, options.signal);
  const { mirror } = source.folder;
  await writeFile(join(folder, 'objects', 'info', 'alternates'), `${join(mirror, 'objects')}\n`);
  if (existsSync(join(mirror, 'shallow'))) await writeFile(join(folder, 'shallow'), `${newest}\n`);
  const git = repoGit(context, folder, { signal: options.signal, config: signingConfig(commits) });
  const { tree, changed } = await restoreTree(git, { onto: newest, from: toCommit, paths });
  if (changed.length === 0) throw nothingToRevert(revert);
  const { message, author } = revert;
  const commit = await makeCommit(git, { tree, parent: newest, message, author }, commits);
  await git(['update-ref', `${BRANCHES}made`, commit]);
  return { commit, branch, changed };
}

async function ensureFiles(
  context: GitContext,
  source: Source,
  sha: string,
  options: GitCallOptions,
): Promise<void> {
  await withMirror(context, source, sha, options, async (mirror) => {
    await ensureCommit(context, source, mirror, sha, options);
  });
}

function nothingToRevert({ branch, newest, toCommit, paths }: Revert & { branch: string; newest: string }) {
  const where = paths.length === 0 ? 'Everything' : paths.join(', ');
  return new PlumblineError(
    'nothing_to_revert',
    `${where} is on branch ${branch} (${newest}) as it was at ${toCommit}: there is nothing to restore.`,
    { details: { branch, commit: newest, toCommit } },
  );
}

function notInHistory(source: Source, commit: string, branch: string): PlumblineError {
  return new PlumblineError(
    'commit_not_found',
    `Commit ${commit} is not in the history of branch ${branch} of ${shownUrl(source.remote.url)}: only earlier commits of the branch are restored.`,
    { details: { commit, branch, repo: source.repo.name } },
  );
}

function noBranch(source: Source): PlumblineError {
  return new PlumblineError(
    'commit_not_found',
    `${shownUrl(source.remote.url)} doesn't say which branch is its default: set "branch" of repository ${source.repo.name}.`,
  );
}

function overtaken(source: Source, branch: string): PlumblineError {
  return new PlumblineError(
    'git_failed',
    `Others pushed to branch ${branch} of ${shownUrl(source.remote.url)} each of ${MOST_TRIES} times: try again.`,
    { retryable: true },
  );
}
