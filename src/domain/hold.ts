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
  reason: string;
  by: string;
  at: string;
  releasedAt: string | null;
  releasedBy: string | null;
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
  digest: string;
  at: string;
  /** Empty when nothing was applied: a task found it in sync. */
  attemptId: string;
  /** When self-heal repaired it, newest first, at most 20: what back-off and `oscillating` are worked out from. */
  heals: readonly string[];
}
