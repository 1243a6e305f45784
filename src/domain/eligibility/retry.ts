import type { StackSync } from './hold.ts';
import type { RetryPolicy } from './policy.ts';

/**
 * How long the next retry waits when `retries` were already made: `min(max, duration · factor^retries)`, so that the first
 * one waits for `duration`. Null: the limit is reached.
 */
export function retryDelayMs(policy: RetryPolicy, retries: number): number | null {
  if (retries >= policy.limit) return null;
  const delay = Math.min(policy.maxDurationMs, policy.durationMs * policy.factor ** retries);
  return Number.isFinite(delay) ? Math.round(delay) : policy.maxDurationMs;
}

/**
 * Self-heal waits this long after the n-th repair of a stack at one commit; the last figure holds for all further ones.
 * The figures are Argo CD's (https://github.com/argoproj/argo-cd, `--self-heal-backoff-*`).
 */
const SELF_HEAL_BACKOFF_S: readonly number[] = [0, 2, 6, 18, 54, 162, 300];

/** Repairs older than this no longer count: neither for the back-off nor for calling a stack oscillating. */
export const SELF_HEAL_HORIZON_MS = 24 * 60 * 60 * 1000;

/** So many repairs at one commit within the horizon, and something is fighting them. */
const OSCILLATING_AFTER = 3;

/** What the repairs so far mean for the next one. */
export interface HealState {
  /** Repairs within the horizon, at this commit. */
  repairs: number;
  /** Something changes the stack again and again. */
  oscillating: boolean;
  /** Before this time self-heal leaves the stack alone; null: it may repair now. ISO 8601. */
  nextAt: string | null;
}

/** Whether self-heal may repair a stack at `commit` now. Repairs at another commit don't count. */
export function healState(
  sync: Pick<StackSync, 'commit' | 'heals'> | undefined,
  commit: string,
  now: Date,
): HealState {
  const since = now.getTime() - SELF_HEAL_HORIZON_MS;
  const heals = sync === undefined || sync.commit !== commit ? [] : sync.heals;
  const times = heals.map((at) => Date.parse(at)).filter((time) => time > since);
  const repairs = times.length;
  const oscillating = repairs >= OSCILLATING_AFTER;
  const backoff = SELF_HEAL_BACKOFF_S[Math.min(repairs, SELF_HEAL_BACKOFF_S.length - 1)]! * 1000;
  // Another machine's clock may be ahead: never wait longer than the back-off from now.
  const next = Math.min(Math.max(...times, 0), now.getTime()) + backoff;
  return {
    repairs,
    oscillating,
    nextAt: repairs > 0 && next > now.getTime() ? new Date(next).toISOString() : null,
  };
}

/** Whether something changes a stack again and again, by when it was repaired at one commit. */
export function isOscillating(heals: readonly string[], now: Date): boolean {
  return healState({ commit: '', heals }, '', now).oscillating;
}

/** How many repairs are kept. */
const HEALS_KEPT = 20;

/** `StackSync.heals` after a sync at `commit`: another commit starts anew; `healed`: it was a repair by self-heal. */
export function healsAfter(
  previous: Pick<StackSync, 'commit' | 'heals'> | undefined,
  sync: { commit: string; at: string; healed: boolean },
): string[] {
  const before = previous?.commit === sync.commit ? previous.heals : [];
  return (sync.healed ? [sync.at, ...before] : [...before]).slice(0, HEALS_KEPT);
}
