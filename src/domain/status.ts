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
 * How many changed outputs count as pending of their own. While a pending resource change exists, it explains them.
 * Otherwise an output that is new or gone is Git's doing, and so is another value of one that depends on no resource; the
 * value of any other is explained by any change of a resource, an ignored one included.
 */
export function pendingOutputs(
  outputs: readonly Pick<OutputChange, 'action' | 'constant'>[],
  resources: { pending: number; total: number },
): number {
  if (resources.pending > 0) return 0;
  return outputs.filter((output) => {
    if (output.action === 'none' || output.action === 'read') return false;
    const byGit = output.action === 'create' || output.action === 'delete' || output.constant === true;
    return byGit || resources.total === 0;
  }).length;
}
