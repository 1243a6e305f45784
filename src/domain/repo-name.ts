import { matchesGlob } from './glob.ts';
import { escapeKey, REPO_NAME_PATTERN } from './ids.ts';

/**
 * The name of the repo that an environment's `ref` makes of an entry of `repos[]`: `my-infra@production`. No listed name has an
 * `@`, and each branch has its own: what is not safe in URLs, IDs and folders becomes `~` and two hex digits per UTF-8 byte
 * (`my-infra@release~2f1.2`), as in the keys of stacks.
 */
export function derivedRepoName(entry: string, branch: string): string {
  return `${entry}@${escapeKey(branch).replaceAll('/', '~2f')}`;
}

/** The entry of `repos[]` that a repo comes from: its own name, for one that is listed. */
export function entryName(repo: string): string {
  const at = repo.indexOf('@');
  return at < 0 ? repo : repo.slice(0, at);
}

/** Whether a repo is one that an environment's `ref` has made of its entry. */
export function isDerived(repo: string): boolean {
  return entryName(repo) !== repo;
}

/** Whether a text can be the name of a repo, listed or not. */
export function isRepoName(text: string): boolean {
  const entry = entryName(text);
  if (!REPO_NAME_PATTERN.test(entry) || entry === '.' || entry === '..') return false;
  return !isDerived(text) || /^[A-Za-z0-9._~-]+$/.test(text.slice(entry.length + 1));
}

/**
 * Whether a rule or a grant that names repos by a glob holds for this one. What is said of an entry is said of all its branches; only
 * a glob with an `@` speaks of branches, so that `*-dev` is no word on `infra@feature-dev`.
 */
export function matchesRepo(glob: string, repo: string): boolean {
  return matchesGlob(glob, glob.includes('@') ? repo : entryName(repo));
}
