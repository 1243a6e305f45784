import { readLog, type LoggedCommit } from './commit-log.ts';
import type { FullHistory } from './full-history.ts';
import { readMailmap, type CommitPerson } from './people.ts';
import type { RepoGit } from './repo-git.ts';

/** All that Git says of a range of commits, whatever part of the repository is asked about. */
export interface CommitRangeFacts {
  /** Paths that differ, sorted. */
  files: string[];
  /** The commits, newest first. */
  log: LoggedCommit[];
  /** Merges that may explain files which no commit of `log` touched. */
  merges: LoggedCommit[];
  /** The newest commit, also when the range is empty. */
  newest: LoggedCommit | undefined;
  /** Whom the `.mailmap` names in a person's place; undefined: nobody. */
  mailmap: (person: CommitPerson) => CommitPerson | undefined;
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

/** Reads a range of commits; without a base: all that led to the commit. See changesSince. */
export async function readRange(
  history: FullHistory,
  { base, commit }: { base: string | null; commit: string },
): Promise<CommitRangeFacts> {
  const { git } = history;
  const start = await findStart(history, base, commit);
  const files = await differingFiles(git, start.trees, commit);
  const log = await readLog(git, start.range);
  const merges = await decidingMerges(git, start.range, files, log);
  const newest = log[0] ?? (await readLog(git, ['-1', commit]))[0];
  const people = [...log, ...merges].flatMap(({ author, committer, coAuthors }) => [
    author,
    committer,
    ...coAuthors,
  ]);
  const mailmap = await readMailmap(git, commit, people);
  return { files: files.sort(), log, merges, newest, mailmap, note: start.note };
}

async function findStart(history: FullHistory, base: string | null, commit: string): Promise<Start> {
  const { git } = history;
  if (base === null) return { trees: [], range: [commit], note: null };
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
  log: readonly LoggedCommit[],
): Promise<LoggedCommit[]> {
  const touched = new Set(log.flatMap((entry) => entry.files));
  return files.every((path) => touched.has(path)) ? [] : await readLog(git, range, 'any');
}
