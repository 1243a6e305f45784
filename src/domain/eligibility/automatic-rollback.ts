import type { Severity } from '../change.ts';
import type { EnvironmentPolicy } from './policy.ts';
import { rollsBack } from '../reports/remediation-plan.ts';
import type { TaskKind } from '../task.ts';

/** The trigger of rollbacks that a failed verification asks for. */
export const AUTO_ROLLBACK = 'auto-rollback';

/** What was applied and found not to be right. */
export interface FailedApply {
  /** The kind of the task that applied it. */
  kind: TaskKind;
  /** Commits that the stack is pinned to: whoever applies one of them brings a rollback about, whatever the task is called. */
  pinnedTo: readonly (string | null)[];
  /** The worst of the changes; null when there are only outputs. */
  severity: Severity | null;
  policy: EnvironmentPolicy;
  /** The commit that was applied. */
  commit: string;
  /** The commit that was applied and verified before; null when there is none. */
  lastGood: string | null;
}

/**
 * Where a failed verification is rolled back to, and a sentence that says what happens now. Null where nothing happens by
 * itself. A rollback is never rolled back, so that no chain has two.
 */
export function automaticRollback(failed: FailedApply): { to: string | null; says: string } {
  const { kind, pinnedTo, severity, policy, commit, lastGood } = failed;
  if (kind === 'rollback' || pinnedTo.includes(commit)) {
    const says =
      'It was a rollback itself, so that nothing more happens by itself: it stays pinned until a person has looked.';
    return { to: null, says };
  }
  if (!rollsBack(severity, policy)) return { to: null, says: 'The policy leaves its rollback to people.' };
  if (lastGood === null || lastGood === commit) {
    return {
      to: null,
      says: 'No other commit is known to have been right, so that it can’t be rolled back.',
    };
  }
  return { to: lastGood, says: `It is rolled back to ${lastGood.slice(0, 12)}.` };
}
