/** Something that keeps stacks from being applied until it is released. */
export interface Hold {
  id: string;
  /** `pause`: nothing is applied. `pin`: only `commit` is (a rollback that automation must not undo). */
  kind: 'pause' | 'pin';
  scope: 'repo' | 'environment' | 'stack';
  /** The repo; null for an environment across repos. */
  repo: string | null;
  /** The environment's name, or the stack's key; empty for a repo. */
  name: string;
  commit: string | null;
  /**
   * Of a pin whose rollback the branch did not take: what has to be merged into it. The pin ends when the branch has these
   * paths as they are at `commit`; empty: everything.
   */
  merge?: { branch: string; paths: readonly string[] };
  reason: string;
  by: string;
  at: string;
  releasedAt: string | null;
  releasedBy: string | null;
}

const PATHS_NAMED = 5;

/**
 * What people have to do about a rollback that Git has not got yet; null where there is nothing to do.
 * @param isNamed which of its paths are named: the others are only counted
 */
export function mergeNeeded(
  { commit, merge }: Pick<Hold, 'commit' | 'merge'>,
  isNamed: (path: string) => boolean = () => true,
): string | null {
  if (merge === undefined || commit === null) return null;
  const what = pathsNamed(merge.paths, merge.paths.filter(isNamed).slice(0, PATHS_NAMED));
  return (
    `Branch ${merge.branch} is protected, so that the rollback is not in Git: somebody has to open a pull request that ` +
    `brings ${what} back to what it was at ${commit.slice(0, 12)}. That commit is pinned until it is merged.`
  );
}

function pathsNamed(all: readonly string[], named: readonly string[]): string {
  if (all.length === 0) return 'everything';
  if (named.length === 0) return all.length === 1 ? 'one path' : `${all.length} paths`;
  const more = all.length - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Whether a hold keeps this stack: by itself, by its environment or by its repo. */
export function holdsStack(
  hold: Pick<Hold, 'scope' | 'repo' | 'name'>,
  at: { repo: string; key: string; environment: string | null },
): boolean {
  if (hold.repo !== null && hold.repo !== at.repo) return false;
  if (hold.scope === 'repo') return true;
  return hold.name === (hold.scope === 'stack' ? at.key : at.environment);
}

/** What is known of a stack's syncs; a stack that was never synced, nor seen in sync, has none. */
export interface StackSync {
  repo: string;
  stackKey: string;
  /** The commit that was applied and verified last, or that it was seen in sync with since. */
  commit: string;
  /**
   * The commit whose content the gate has let through last: applied and verified, or the one that it was first seen in sync
   * with. Being seen in sync with a newer one does not move it, see ADR 0014. Null: nobody knows of any.
   */
  vouched: string | null;
  digest: string;
  at: string;
  /** Empty when nothing was applied: a task found it in sync. */
  attemptId: string;
  /** When self-heal repaired it, newest first, at most 20: what back-off and `oscillating` are worked out from. */
  heals: readonly string[];
}
