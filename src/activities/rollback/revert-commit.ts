import type { Hold } from '../../domain/eligibility/hold.ts';
import { PlumblineError } from '../../util/errors.ts';
import { type PinnedConfig, repoOf } from '../pinned-config.ts';

/** What is to be restored in Git, and who wants it. */
export interface WantedRevert {
  repo: string;
  paths: readonly string[];
  toCommit: string;
  message: string;
  /** Stands as the author, where it is an address. */
  actor: string;
}

/** The commit that has what was restored, and what has to be merged where the branch did not take it. */
export interface MadeRevert {
  commit: string;
  pushed: boolean;
  merge?: NonNullable<Hold['merge']>;
  /** The host's words. */
  refusal?: string;
}

type Call = Parameters<PinnedConfig['git']['revertPaths']>[3];

/**
 * Pushes one signed commit that restores paths. A branch that does not take it is no error: then it is the earlier commit that
 * counts, until somebody has merged it.
 * @throws PlumblineError as `revertPaths`, `nothing_to_revert` among them
 */
export async function revertCommit(
  { git, settings }: Pick<PinnedConfig, 'git' | 'settings'>,
  { repo: name, paths, toCommit, message, actor }: WantedRevert,
  call: Call,
): Promise<MadeRevert> {
  const repo = repoOf(settings, name);
  const { commits } = settings;
  const change = { branch: repo.branch, paths, toCommit, message, author: authorOf(actor, commits) };
  try {
    const { commit } = await git.revertPaths(repo, change, commits, call);
    return { commit, pushed: true };
  } catch (error) {
    if (!(error instanceof PlumblineError) || error.code !== 'push_refused') throw error;
    const { branch: refusing } = error.details;
    const branch = typeof refusing === 'string' ? refusing : (repo.branch ?? 'HEAD');
    return { commit: toCommit, pushed: false, merge: { branch, paths }, refusal: error.message };
  }
}

/** The person who asks stands as the author, where their ID is an address. */
function authorOf(
  actor: string,
  { authorName, authorEmail }: PinnedConfig['settings']['commits'],
): { name: string; email: string } {
  if (/^[^\s@<>]+@[^\s@<>]+$/.test(actor)) return { name: actor, email: actor };
  return { name: actor === '' ? authorName : actor.replaceAll(/[<>\n]/g, ''), email: authorEmail };
}
