import { isBranchName } from '../domain/branch-name.ts';
import { PlumblineError } from '../util/errors.ts';

/**
 * Makes sure that a branch's name is one, and can't be taken for an option or a pattern.
 * @throws PlumblineError `git_ref_refused`
 */
export function checkBranchName(branch: string): void {
  if (isBranchName(branch)) return;
  const why = branch.startsWith('-') ? ': it starts with "-" and would be read as an option' : '';
  throw new PlumblineError('git_ref_refused', `${JSON.stringify(branch)} is no valid branch name${why}.`);
}

/** The shortest abbreviation that Git accepts. */
const SHORTEST_SHA = 4;

/**
 * A commit's name in lower case, and whether it is a full one (40 digits, or 64 in a SHA-256 repository).
 * @throws PlumblineError `git_ref_refused` when it isn't a SHA: names of branches and expressions such as `HEAD~1` are not commits
 */
export function parseCommitName(commit: string): { sha: string; full: boolean } {
  const sha = commit.toLowerCase();
  if (!/^[0-9a-f]+$/.test(sha) || sha.length < SHORTEST_SHA || sha.length > 64) {
    throw new PlumblineError(
      'git_ref_refused',
      `${JSON.stringify(commit)} is no commit: give 4 to 40 hexadecimal digits of its SHA.`,
    );
  }
  return { sha, full: sha.length === 40 || sha.length === 64 };
}
