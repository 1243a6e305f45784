import type { GitCallOptions, GitContext, Source } from '../git-context.ts';
import { readLog, type LoggedCommit } from './commit-log.ts';
import { withFullHistory, type FullHistory } from './full-history.ts';
import { pathFilter } from './path-filter.ts';
import { isWebFlow, withMailmap, type CommitPerson } from './people.ts';
import type { RepoGit } from './repo-git.ts';

/** What happened in a range of commits. */
export interface ChangesSince {
  /** Paths that differ, sorted. */
  files: string[];
  /**
   * Authors, committers and co-authors of the commits that touched the paths, once per email: as they stand in the commits,
   * and as the `.mailmap` has them.
   */
  authors: CommitPerson[];
  /** Email of the newest commit's committer, or of its author when it was committed in GitHub's pages. */
  lastCommitter: string | null;
  /** How many commits touched the paths. */
  commits: number;
  /** For people: why this is not simply what came after `base`; null when it is. */
  note: string | null;
}

/** Where a range begins. */
interface Start {
  /** Its files are compared with the newest ones; null: everything is new. */
  trees: string[];
  /** For `git log`. */
  range: string[];
  note: string | null;
}

/**
 * What was committed after `base` up to `commit` below `paths` (empty: anywhere). Without a base: what the commit itself
 * brought in, of a merge all that it merged. Errs on the side of too many: when `base` is in no history any more (a force push),
 * the files are those that differ from it or from the newest common commit, and the people those since that commit.
 * @param range full SHAs
 * @throws PlumblineError `commit_not_found`, and what networkGit throws
 */
export async function changesSince(
  context: GitContext,
  source: Source,
  range: { base: string | null; commit: string; paths: readonly string[] },
  options: GitCallOptions,
): Promise<ChangesSince> {
  return await withFullHistory(context, source, range, options, async (history) => {
    const { git } = history;
    const { commit } = range;
    const matches = pathFilter(range.paths);
    const start = await findStart(history, range.base, commit);
    const files = (await differingFiles(git, start.trees, commit)).filter(matches);
    const log = await readLog(git, start.range);
    const touching = log.filter((entry) => entry.files.some(matches));
    touching.push(...(await decidingMerges(git, start.range, files, touching)));
    const newest = log[0] ?? (await readLog(git, ['-1', commit]))[0];
    return {
      files: [...new Set(files)].sort(),
      authors: await withMailmap(git, commit, touching.flatMap(peopleOf)),
      lastCommitter: newest === undefined ? null : pusherOf(newest),
      commits: new Set(touching.map((entry) => entry.commit)).size,
      note: start.note,
    };
  });
}

async function findStart(history: FullHistory, base: string | null, commit: string): Promise<Start> {
  const { git } = history;
  if (base === null) {
    const parent = await firstParent(git, commit);
    if (parent === null) return { trees: [], range: ['-1', commit], note: null };
    return { trees: [parent], range: [`${parent}..${commit}`], note: null };
  }
  if (!history.hasBase) {
    const note = `Commit ${base} is not in the repository any more (a force push): everything up to ${commit} counts as new.`;
    return { trees: [], range: [commit], note };
  }
  const { exitCode } = await git(['merge-base', '--is-ancestor', base, commit], { answers: [0, 1, 128] });
  if (exitCode === 0) return { trees: [base], range: [`${base}..${commit}`], note: null };
  const found = await git(['merge-base', base, commit], { answers: [0, 1, 128] });
  const common = found.exitCode === 0 ? found.stdout.trim() : null;
  if (common === commit) {
    const note = `Commit ${commit} is earlier than ${base}: nobody committed anything in between, it goes back.`;
    return { trees: [base], range: [`${base}..${commit}`], note };
  }
  const since =
    common === null ? 'they have no commit in common' : `compared since their common commit ${common}`;
  const note = `Commit ${base} is not part of the history of ${commit} (a force push, or another branch): ${since}.`;
  if (common === null) return { trees: [base], range: [commit], note };
  return { trees: [base, common], range: [`${common}..${commit}`], note };
}

async function firstParent(git: RepoGit, commit: string): Promise<string | null> {
  const { exitCode, stdout } = await git(['rev-parse', '--verify', '--quiet', `${commit}^1`], {
    answers: [0, 1, 128],
  });
  return exitCode === 0 ? stdout.trim() : null;
}

async function differingFiles(git: RepoGit, trees: readonly string[], commit: string): Promise<string[]> {
  const lists = trees.length === 0 ? [['ls-tree', '-r', '-z', '--name-only', '--full-tree', commit]] : [];
  for (const tree of trees)
    lists.push(['diff-tree', '-r', '-z', '--name-only', '--no-renames', tree, commit]);
  const files = new Set<string>();
  for (const args of lists) {
    for (const path of (await git(args)).stdout.split('\0')) if (path !== '') files.add(path);
  }
  return [...files];
}

/**
 * A merge that takes one side whole changes what the other had, without any commit that says so: such merges count where
 * a file differs that no commit touched.
 */
async function decidingMerges(
  git: RepoGit,
  range: readonly string[],
  files: readonly string[],
  touching: readonly LoggedCommit[],
): Promise<LoggedCommit[]> {
  const touched = new Set(touching.flatMap((entry) => entry.files));
  const unexplained = new Set(files.filter((path) => !touched.has(path)));
  if (unexplained.size === 0) return [];
  const merges = await readLog(git, range, 'any');
  return merges.filter((entry) => entry.files.some((path) => unexplained.has(path)));
}

function peopleOf({ author, committer, coAuthors }: LoggedCommit): CommitPerson[] {
  return [author, ...(isWebFlow(committer) ? [] : [committer]), ...coAuthors];
}

function pusherOf({ author, committer }: LoggedCommit): string {
  return isWebFlow(committer) ? author.email : committer.email;
}
