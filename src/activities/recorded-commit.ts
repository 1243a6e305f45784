import type { ActivityDeps } from './deps.ts';

/**
 * For `git.resolve`: whether a repo's commit is on record as one that an earlier task was about or that a stack was synced to. It
 * was in a branch then, so that one may return to it also when a force push has removed it since.
 */
export function recordedCommits(
  { store }: Pick<ActivityDeps, 'store'>,
  repo: string,
): (commit: string) => Promise<boolean> {
  return async (commit) => {
    if (await store.tasks.hasCommit(repo, commit)) return true;
    return (await store.syncs.list(repo)).some((sync) => sync.commit === commit);
  };
}
