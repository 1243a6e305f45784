import { parseContact, type CommitPerson } from './people.ts';
import type { RepoGit } from './repo-git.ts';

/** One commit, and what it changed. */
export interface LoggedCommit {
  commit: string;
  author: CommitPerson;
  committer: CommitPerson;
  coAuthors: CommitPerson[];
  /** Paths, a renamed file under both names. Of a merge only those that it has otherwise than all its parents. */
  files: string[];
}

const FIELDS = '%H%n%an%n%ae%n%cn%n%ce%n%(trailers:key=Co-authored-by,valueonly,unfold)';
// Not by path: Git would leave out commits that others made good again, and merges that drop a side.
const ARGS = [
  'log',
  '-z',
  '--raw',
  '--root',
  '--no-renames',
  '--no-abbrev',
  '--no-mailmap',
  '--no-show-signature',
];

/**
 * The commits of a range, newest first.
 * @param range as `git log` takes it, made of full SHAs
 * @param merges `differing`: what a merge has otherwise than all parents; `any`: merges alone, with what they have otherwise
 *   than any parent
 */
export async function readLog(
  git: RepoGit,
  range: readonly string[],
  merges: 'differing' | 'any' = 'differing',
): Promise<LoggedCommit[]> {
  const how = merges === 'any' ? ['-m', '--merges'] : ['-c'];
  const { stdout } = await git([...ARGS, ...how, `--format=${FIELDS}`, ...range, '--']);
  return parseLog(stdout);
}

/** Between NULs: the fields of a commit, then per file `:modes oids status` and its path. */
function parseLog(output: string): LoggedCommit[] {
  const commits: LoggedCommit[] = [];
  const tokens = output.split('\0');
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at]!.replace(/^\n/, '');
    if (token === '') continue;
    if (token.startsWith(':')) commits.at(-1)?.files.push(tokens[++at] ?? '');
    else commits.push(parseFields(token));
  }
  return commits;
}

function parseFields(token: string): LoggedCommit {
  const [commit = '', an = '', ae = '', cn = '', ce = '', ...trailers] = token.split('\n');
  return {
    commit,
    author: { name: an, email: ae },
    committer: { name: cn, email: ce },
    coAuthors: trailers.flatMap((trailer) => parseContact(trailer) ?? []),
    files: [],
  };
}
