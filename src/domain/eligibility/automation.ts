import { heldBack } from './blockers.ts';
import type { Hold, StackSync } from './hold.ts';
import type { EnvironmentPolicy } from './policy.ts';
import { healState } from './retry.ts';
import type { StackPolicy, StackStatus } from '../stack.ts';
import { definitionPermits } from './stack-policy.ts';

/** A stack that a scan has looked at. */
export interface AutomationInput {
  key: string;
  status: StackStatus;
  /** Whether an apply would do anything. */
  effective: boolean;
  digest: string;
  /** The commit that was scanned: the newest. */
  commit: string;
  policy: EnvironmentPolicy;
  /** What the repository says of it; left out: nothing. */
  stackPolicy?: StackPolicy;
  holds: readonly Hold[];
  sync: Pick<StackSync, 'commit' | 'heals'> | undefined;
  /** The digest that people are asked about, or have decided on; null: none. */
  decidedOn: string | null;
  /** Somebody works on it, or nobody knows how the last attempt ended. */
  leased: boolean;
}

/** The stacks that are to be changed without a person's word, by key. */
export interface WantedAutomation {
  /** Drift alone, repaired at what was synced last. */
  reconcile: string[];
  /** What Git wants, with the drift beside it. */
  sync: string[];
}

/**
 * What is asked for by itself after a scan: a repair where `self_heal` is on, a sync where the environment is automated. Holds,
 * a freeze and windows keep it back, and so does the back-off of repairs that did not hold. A plan that people are asked about
 * already is left to them. Whether anything is applied is decided anew, by `decideStack`.
 */
export function wantedAutomation(stacks: readonly AutomationInput[], now: Date): WantedAutomation {
  const of = (mode: 'reconcile' | 'sync') =>
    stacks.filter((stack) => modeOf(stack, now) === mode).map(({ key }) => key);
  return { reconcile: of('reconcile'), sync: of('sync') };
}

function modeOf(stack: AutomationInput, now: Date): 'reconcile' | 'sync' | null {
  const { status, policy, holds, sync } = stack;
  if (policy.automated === null || !stack.effective || stack.leased) return null;
  if (stack.decidedOn === stack.digest) return null;
  const mode = status === 'drifted' ? 'reconcile' : 'sync';
  if (mode === 'sync' && status !== 'pending' && status !== 'drifted_and_pending') return null;
  if (mode === 'reconcile' && !policy.automated.selfHeal) return null;
  if (!definitionPermits(stack.stackPolicy, mode)) return null;
  const commit = mode === 'reconcile' ? (sync?.commit ?? stack.commit) : stack.commit;
  if (heldBack({ policy, holds, mode, commit, now }).length > 0) return null;
  if (mode === 'reconcile' && healState(sync, commit, now).nextAt !== null) return null;
  return mode;
}
