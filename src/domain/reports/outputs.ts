import type { Change, IgnoredChange, OutputChange } from '../change.ts';
import { countCauses, pendingOutputs } from '../status.ts';

/** What stands for the type of an output in a report. */
export const OUTPUT_TYPE = 'output';

/**
 * A plan's changed outputs that count of their own, as changes beside those of its resources: what makes a stack pending
 * stands in the report's figures. They are of the lowest severity, since no object changes.
 */
export function outputChanges(plan: {
  changes: readonly Change[];
  ignored: readonly IgnoredChange[];
  outputs: readonly OutputChange[];
}): Change[] {
  const { pending } = countCauses(plan.changes);
  const total = plan.changes.length + plan.ignored.length;
  return pendingOutputs(plan.outputs, { pending, total }).map(({ name, action, before, after }) => ({
    address: `${OUTPUT_TYPE}.${name}`,
    kind: OUTPUT_TYPE,
    name,
    action,
    actions: [action],
    cause: 'pending',
    before,
    after,
    attributes: [],
    replacedBecause: [],
    severity: 'low',
    severityReason: 'only an output',
  }));
}
