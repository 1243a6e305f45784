import type { CommitSettings } from '../../domain/settings.ts';
import type { GitCallOptions, GitContext, Source } from '../git-context.ts';
import { rangeFacts, touchingCommits } from './changes-since.ts';
import { withFullHistory } from './full-history.ts';
import { repoGit } from './repo-git.ts';
import { withTrustedSigners } from './trusted-signers.ts';

/** A commit that nobody trusted signed. */
export interface UnsignedCommit {
  commit: string;
  /** `Name <email>`. */
  author: string;
  /** For people. */
  why: string;
}

/** Whose signatures are asked for. */
interface UnsignedRange {
  base: string | null;
  commit: string;
  paths?: readonly string[] | undefined;
  /** Only those that touched `paths`. */
  touching?: boolean | undefined;
}

/** Git's letters for everything but a good and trusted signature, see `%G?` in git-log. */
const WHY: Readonly<Record<string, string>> = {
  N: 'it has no signature',
  B: 'its signature is bad: the commit is not what was signed',
  U: 'the key that signed it is not trusted',
  X: 'its signature has expired',
  Y: 'the key that signed it has expired',
  R: 'the key that signed it was revoked',
  E: 'its signature can not be checked (the key is not known)',
};
const FIELDS = ['%H', '%G?', '%GK', '%an', '%ae'];

/** A signature takes some milliseconds to check: of a longer history that nobody has vouched for, nothing is trusted. */
const MOST_CHECKED = 500;

/**
 * Commits after `base` up to `commit` whose signature is missing, bad or not trusted, newest first. Without a base, and with
 * `touching`: of those that touched `paths` (empty: anything), and one that stands for all when there are too many to check. When `base` is not in the history (a force push), all that are not in base's own.
 * @throws PlumblineError `commit_not_found`, `secret_missing` (the file of allowed signers), and what networkGit throws
 */
export async function unsignedCommits(
  context: GitContext,
  source: Source,
  range: UnsignedRange,
  commits: CommitSettings,
  options: GitCallOptions,
): Promise<UnsignedCommit[]> {
  const listed =
    range.base === null || range.touching === true ? await historyOf(context, source, range, options) : null;
  if (listed !== null && listed.length > MOST_CHECKED) return [tooMany(range.commit, listed.length)];
  return await withFullHistory(context, source, range, options, async ({ folder, objects, hasBase }) => {
    return await withTrustedSigners(context, commits.allowedSigners, async ({ config, env }) => {
      const git = repoGit(context, folder, { signal: options.signal, objects, config, env });
      const format = FIELDS.map((field) => `${field}%x00`).join('');
      const args = ['log', '-z', '--no-mailmap', '--no-show-signature', `--format=tformat:${format}`];
      if (listed === null) {
        const since = hasBase ? [`^${range.base}`] : [];
        return parse((await git([...args, ...since, range.commit, '--'])).stdout);
      }
      // Without any commit, Git would take HEAD.
      if (listed.length === 0) return [];
      const input = listed.map((commit) => `${commit}\n`).join('');
      return parse((await git([...args, '--no-walk=unsorted', '--stdin'], { input })).stdout);
    });
  });
}

async function historyOf(
  context: GitContext,
  source: Source,
  { base, commit, paths = [] }: UnsignedRange,
  options: GitCallOptions,
): Promise<string[]> {
  const facts = await rangeFacts(context, source, { base, commit }, options);
  return [...new Set(touchingCommits(facts, paths).map((entry) => entry.commit))];
}

function tooMany(commit: string, count: number): UnsignedCommit {
  return { commit, author: '', why: `${count} commits are too many to check (at most ${MOST_CHECKED})` };
}

/** Each field ends with a NUL, and each commit with another. */
function parse(output: string): UnsignedCommit[] {
  const found: UnsignedCommit[] = [];
  const tokens = output.split('\0');
  for (let at = 0; at + FIELDS.length <= tokens.length; at += FIELDS.length + 1) {
    const [commit = '', status = '', key = '', name = '', email = ''] = tokens.slice(at);
    if (commit === '' || status === 'G') continue;
    const by = key === '' || status === 'N' ? '' : ` (key ${key})`;
    found.push({ commit, author: `${name} <${email}>`, why: `${WHY[status] ?? `Git says ${status}`}${by}` });
  }
  return found;
}
