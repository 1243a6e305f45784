import { join } from 'node:path';
import { errorCode } from '../../util/errors.ts';
import type { GitCallOptions, GitContext, Source } from '../git-context.ts';
import { failureText } from '../git-failure.ts';
import { localGit, type LocalGit } from '../local-git.ts';
import { ensureCommit, fetchWhole, findCommit, isWhole, openBare, withMirror } from '../mirror.ts';
import { networkGit } from '../network-git.ts';
import { repoGit, type RepoGit } from './repo-git.ts';

const LINE_REFS = 'refs/plumbline/lines/';

/** Commits with all that came before them. */
export interface FullHistory {
  git: RepoGit;
  /** Absolute; for commands that need another environment. */
  folder: string;
  /** Object folders that hold the content of single commits. */
  objects: readonly string[];
  /** Whether an earlier commit is known here; the host may have forgotten it after a force push. */
  hasBase: boolean;
}

/**
 * Runs `work` with the whole history of a commit: commits and folders, and the files' content only of `commit` and of what
 * was looked at before. The mirror keeps single commits, so this is fetched into a repository of its own, once, and then
 * only what is new. Where the host gives no parts of a history, that is the mirror.
 * @param range.base an earlier commit that is wanted, too; it may be gone from the host
 * @throws PlumblineError `commit_not_found` for `commit`, and what networkGit throws
 */
export async function withFullHistory<T>(
  context: GitContext,
  source: Source,
  range: { commit: string; base: string | null },
  options: GitCallOptions,
  work: (history: FullHistory) => Promise<T>,
): Promise<T> {
  return await withMirror(context, source, range.commit, options, async (mirror) => {
    // Also tells whether the host gives parts of a history at all.
    await ensureCommit(context, source, mirror, range.commit, options);
    const folder = await fetchHistory(context, source, mirror, range, options);
    const objects = folder === source.folder.mirror ? [] : [join(source.folder.mirror, 'objects')];
    const git = repoGit(context, folder, { signal: options.signal, objects });
    const hasBase = range.base !== null && (await hasCommit(git, range.base));
    return await work({ git, folder, objects, hasBase });
  });
}

async function hasCommit(git: RepoGit, sha: string): Promise<boolean> {
  const { exitCode } = await git(['cat-file', '-e', `${sha}^{commit}`], { answers: [0, 1, 128] });
  return exitCode === 0;
}

/** Gives the repository that then holds the history. */
async function fetchHistory(
  context: GitContext,
  source: Source,
  mirror: LocalGit,
  { commit, base }: { commit: string; base: string | null },
  options: GitCallOptions,
): Promise<string> {
  const { folder } = source;
  if (!isWhole(source)) {
    const lines = await openBare(context, folder.lines, commit, options.signal);
    try {
      await fetchLine(context, source, lines, commit, options);
      if (base !== null) await fetchBase(context, source, lines, base, options);
      return folder.lines;
    } catch (error) {
      if (errorCode(error) !== 'git_failed' || !NO_PARTS.test(failureText(error))) throw error;
    }
    await fetchWhole(context, source, options);
  } else if (base !== null && (await findCommit(mirror, base)) === null) {
    await fetchWhole(context, source, options);
  }
  return folder.mirror;
}

/** The host gives branches and tags only. */
const NO_PARTS =
  /unadvertised object|want \S+ not valid|not advertised|allow-(?:tip|reachable|any)-sha1|dumb http/i;

/** A base that the host has no more is left out; every other failure is one. */
async function fetchBase(
  context: GitContext,
  source: Source,
  lines: LocalGit,
  base: string,
  options: GitCallOptions,
): Promise<void> {
  try {
    await fetchLine(context, source, lines, base, options);
  } catch (error) {
    if (
      !/not our ref|(?:unknown|bad) object|no such remote ref|unadvertised|not advertised/i.test(
        failureText(error),
      )
    )
      throw error;
    context.log.info({ repo: source.repo.name, commit: base }, 'the host has an earlier commit no more');
  }
}

async function fetchLine(
  context: GitContext,
  source: Source,
  lines: LocalGit,
  sha: string,
  options: GitCallOptions,
): Promise<void> {
  if ((await findCommit(lines, sha)) !== null) return;
  const args = ['fetch', '--progress', '--no-tags', '--update-shallow', '--filter=blob:none', '--'];
  const refspec = `+${sha}:${LINE_REFS}${sha}`;
  await networkGit(context, source, source.folder.lines, [...args, source.remote.url, refspec], options);
}

/** Lets go of single commits of the history whose like the mirror keeps no more, and packs what came in pieces. */
export async function tidyHistory(
  context: GitContext,
  lines: string,
  stale: readonly string[],
  gc: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const git = localGit(context, lines, signal);
  for (const commit of stale) await git(['update-ref', '-d', `${LINE_REFS}${commit}`]);
  await git([...gc]);
}
