import type { ArtifactRef } from '../domain/plan.ts';
import type { StateLock } from '../domain/stack.ts';
import type { DriverPlan } from './driver.ts';

/** A saved state; null content where a stack has none yet. */
export interface StateBackup {
  content: ArtifactRef | null;
  lineage: string;
  serial: number;
}

/** A state that was saved before an attempt. */
export interface SavedState {
  /** The ID of its backup. */
  id: string;
  content: Uint8Array;
}

/** What the return to a saved state came to, with the state's version as it is then. */
export type RestoreResult =
  /** `serial` is null where states have no versions. */
  | { status: 'restored'; lineage: string; serial: number | null }
  | { status: 'refused'; code: 'digest_changed'; message: string; plan: DriverPlan }
  | FailedApply;

/** What the return of one workload to a revision of its own came to. Undone: its pods are available again. */
export type UndoResult =
  | { status: 'undone'; summary: string; origin: RevisionOrigin }
  | { status: 'refused'; code: 'digest_changed'; message: string; plan: DriverPlan }
  | FailedApply;

/** The planned return of a workload. Its identity holds the origin, too: people agree with what becomes of Git. */
export type UndoPlan = DriverPlan & { origin: RevisionOrigin };

/** Where in Git a revision came from. */
export interface RevisionOrigin {
  /** The commit that it was applied from; null when the cluster does not say. */
  commit: string | null;
  /** The file that the workload stands in, relative to the root; null where a program makes it. */
  file: string | null;
}

/** What an apply came to. A plan that isn't the approved one is a refusal, not an error: nothing was changed. */
export type ApplyResult =
  | { status: 'applied'; plan: DriverPlan; backup: StateBackup | null; log: ArtifactRef | null }
  | { status: 'refused'; code: 'digest_changed' | 'mock_outputs'; message: string; plan: DriverPlan }
  | FailedApply;

/** An apply, restore or undo that had begun. */
export interface FailedApply {
  status: 'failed';
  /** What is known of the changes: `not_applied`, `partial`, or `unknown` when nobody can say. */
  outcome: 'not_applied' | 'partial' | 'unknown';
  code: string;
  message: string;
  backup: StateBackup | null;
  log: ArtifactRef | null;
}

/** What became of an attempt whose worker is gone. */
export interface Recovery {
  outcome: 'applied' | 'not_applied' | 'partial' | 'still_running' | 'unknown';
  /** A sentence that says how this is known. */
  summary: string;
  /** The state lock that the attempt's own dead tool has left. */
  orphanedLock: StateLock | null;
}

/** What a look after an apply found: an empty plan is what it should be. */
export interface Verification {
  ok: boolean;
  summary: string;
  plan: DriverPlan;
}
