import type { Change, OutputChange } from './change.ts';
import type { StackStatus } from './stack.ts';

/** What the counts of a stack's plan say of it. */
export function stackStatus(drift: number, pending: number): StackStatus {
  if (drift > 0) return pending > 0 ? 'drifted_and_pending' : 'drifted';
  return pending > 0 ? 'pending' : 'in_sync';
}

/** Changes by cause: one whose cause is `both` counts on both sides. */
export function countCauses(changes: readonly Pick<Change, 'cause'>[]): { drift: number; pending: number } {
  return {
    drift: changes.filter((change) => change.cause !== 'pending').length,
    pending: changes.filter((change) => change.cause !== 'drift').length,
  };
}

/**
 * The changed outputs that count as pending of their own. While a pending resource change exists, it explains them.
 * Otherwise an output that is new or gone is Git's doing, and so is another value of one that the driver found no changed
 * resource behind; the value of any other is explained by any change of a resource, an ignored one included.
 */
export function pendingOutputs<T extends Pick<OutputChange, 'action' | 'unexplained'>>(
  outputs: readonly T[],
  resources: { pending: number; total: number },
): T[] {
  if (resources.pending > 0) return [];
  return outputs.filter((output) => {
    if (output.action === 'none' || output.action === 'read') return false;
    const byGit = output.action === 'create' || output.action === 'delete' || output.unexplained === true;
    return byGit || resources.total === 0;
  });
}
