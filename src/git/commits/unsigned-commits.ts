import type { CommitSettings } from '../../domain/settings.ts';
import type { GitCallOptions, GitContext, Source } from '../git-context.ts';
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

/**
 * Commits after `base` up to `commit` whose signature is missing, bad or not trusted, newest first; without a base, `commit`
 * alone. When `base` is not in the history (a force push), all that are not in base's own.
 * @throws PlumblineError `commit_not_found`, `secret_missing` (the file of allowed signers), and what networkGit throws
 */
export async function unsignedCommits(
  context: GitContext,
  source: Source,
  range: { base: string | null; commit: string },
  commits: CommitSettings,
  options: GitCallOptions,
): Promise<UnsignedCommit[]> {
  return await withFullHistory(context, source, range, options, async ({ folder, objects, hasBase }) => {
    return await withTrustedSigners(context, commits.allowedSigners, async ({ config, env }) => {
      const git = repoGit(context, folder, { signal: options.signal, objects, config, env });
      const format = FIELDS.map((field) => `${field}%x00`).join('');
      const since = range.base === null ? ['-1'] : hasBase ? [`^${range.base}`] : [];
      const args = ['log', '-z', '--no-mailmap', '--no-show-signature', `--format=tformat:${format}`];
      const { stdout } = await git([...args, ...since, range.commit, '--']);
      return parse(stdout);
    });
  });
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
