import type { GitCallOptions, GitContext, Source } from '../git-context.ts';
import type { LoggedCommit } from './commit-log.ts';
import { withFullHistory } from './full-history.ts';
import { pathFilter } from './path-filter.ts';
import { isWebFlow, uniquePeople, type CommitPerson } from './people.ts';
import { readRange, type CommitRangeFacts } from './range-facts.ts';

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

/**
 * What was committed after `base` up to `commit` below `paths` (empty: anywhere). Without a base: all that
 * led to `commit`, everything being new. Errs on the side of too many: when `base` is in no history any more (a force push),
 * the files are those that differ from it or from the newest common commit, and the people those since that commit.
 * A range is read once: all stacks of a task ask about the same one.
 * @param range full SHAs
 * @throws PlumblineError `commit_not_found`, and what networkGit throws
 */
export async function changesSince(
  context: GitContext,
  source: Source,
  range: { base: string | null; commit: string; paths: readonly string[] },
  options: GitCallOptions,
): Promise<ChangesSince> {
  return below(await rangeFacts(context, source, range, options), range.paths);
}

/** All that Git says of a range, read once. See changesSince. */
export async function rangeFacts(
  context: GitContext,
  source: Source,
  range: { base: string | null; commit: string },
  options: GitCallOptions,
): Promise<CommitRangeFacts> {
  const key = [source.folder.path, range.base ?? '', range.commit].join('\0');
  const known = context.ranges.get(key);
  if (known) return known;
  const facts = await withFullHistory(context, source, range, options, (history) =>
    readRange(history, range),
  );
  // A base that is missing may come back.
  if (facts.note === null) context.ranges.put(key, facts);
  return facts;
}

function below(facts: CommitRangeFacts, paths: readonly string[]): ChangesSince {
  const touching = touchingCommits(facts, paths);
  return {
    files: facts.files.filter(pathFilter(paths)),
    authors: uniquePeople([
      ...touching.flatMap(peopleOf).flatMap((person) => facts.mailmap(person) ?? []),
      ...touching.flatMap(peopleOf),
    ]),
    lastCommitter: facts.newest === undefined ? null : pusherOf(facts.newest),
    commits: new Set(touching.map((entry) => entry.commit)).size,
    note: facts.note,
  };
}

/** The commits that touched a path, those that only decided on one (see `merges`) last. */
export function touchingCommits(facts: CommitRangeFacts, paths: readonly string[]): LoggedCommit[] {
  const matches = pathFilter(paths);
  const touching = facts.log.filter((entry) => entry.files.some(matches));
  const touched = new Set(touching.flatMap((entry) => entry.files));
  const unexplained = new Set(facts.files.filter((path) => matches(path) && !touched.has(path)));
  return [...touching, ...facts.merges.filter((entry) => entry.files.some((path) => unexplained.has(path)))];
}

function peopleOf({ author, committer, coAuthors }: LoggedCommit): CommitPerson[] {
  return [author, ...(isWebFlow(committer) ? [] : [committer]), ...coAuthors];
}

function pusherOf({ author, committer }: LoggedCommit): string {
  return isWebFlow(committer) ? author.email : committer.email;
}
