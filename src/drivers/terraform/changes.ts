import type { Action, AttributeChange, Cause, OutputChange, RawChange } from '../../domain/change.ts';
import { formatPointer } from '../../domain/json-pointer.ts';
import type { JsonValue } from '../../domain/json.ts';
import { diffValues, markAt, maskedDifference, valueAt, type Difference } from './attributes.ts';
import { outputExplainer } from './outputs/explained.ts';
import type { LocalsOf } from './outputs/locals.ts';
import { isChange, isNoOp, type ChangeJson, type PlanJson, type ResourceChange } from './plan-json.ts';
import { hasMark, joinMarks, maskSensitive } from './sensitivity-marks.ts';

const UNKNOWN = '(known after apply)';

/** One resource's entries of a plan: what live did, and what an apply would do. */
interface Entries {
  drift?: ResourceChange;
  pending?: ResourceChange;
}

/**
 * A plan's changes, sorted by address. Drift and pending are told apart by the two lists of the plan's JSON: what moved
 * outside of Terraform stands in `resource_drift`, what an apply would do in `resource_changes`. A resource in both is
 * `drift` when the apply only returns it to what was last applied, and `both` when Git wants something else as well.
 * One that stands only in `resource_drift` is drift that no apply removes. What is deferred to a later plan is pending.
 * Reads of data sources are no changes.
 */
export function planChanges(plan: PlanJson): RawChange[] {
  const byAddress = new Map<string, Entries>();
  const entriesOf = (resource: ResourceChange): Entries => {
    const address = addressOf(resource);
    const entries = byAddress.get(address) ?? {};
    byAddress.set(address, entries);
    return entries;
  };
  for (const resource of plan.resourceDrift)
    if (resource.mode === 'managed' && !isNoOp(resource.change)) entriesOf(resource).drift = resource;
  for (const resource of plan.resourceChanges)
    if (resource.mode === 'managed' && isChange(resource)) entriesOf(resource).pending = resource;
  for (const resource of plan.deferredChanges)
    if (resource.mode === 'managed') entriesOf(resource).pending ??= resource;
  return [...byAddress]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([address, entries]) => toRawChange(address, entries));
}

/** A plan's changed outputs, by name. What they are made from is followed through local values, which the JSON leaves out. */
export function planOutputs(plan: PlanJson, localsOf: LocalsOf): OutputChange[] {
  const isExplained = outputExplainer(plan, localsOf);
  return Object.entries(plan.outputChanges)
    .filter(([, change]) => !isNoOp(change))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, change]) => {
      const mark = joinMarks([change.beforeSensitive, change.afterSensitive]);
      const after = change.afterUnknown === true ? UNKNOWN : change.after;
      return {
        name,
        action: actionOf(change),
        before: maskSensitive(change.before, mark),
        after: maskSensitive(after, mark),
        sensitive: hasMark(mark),
        ...(isExplained(name) ? {} : { unexplained: true as const }),
      };
    });
}

function addressOf(resource: ResourceChange): string {
  return resource.deposed === undefined
    ? resource.address
    : `${resource.address} (deposed ${resource.deposed})`;
}

function toRawChange(address: string, { drift, pending }: Entries): RawChange {
  const main = (pending ?? drift)!;
  const marks = [drift, pending].flatMap((entry) =>
    entry ? [entry.change.beforeSensitive, entry.change.afterSensitive] : [],
  );
  const mark = joinMarks(marks);
  const { cause, attributes } = explain(drift?.change, pending?.change);
  const movedFrom = pending?.previousAddress ?? drift?.previousAddress;
  return {
    address,
    kind: main.type,
    name: main.name,
    action: pending ? changeAction(pending) : 'none',
    actions: main.change.actions,
    cause,
    before: maskSensitive(main.change.before, mark),
    after: maskSensitive(main.change.after, mark),
    ...(drift === undefined
      ? {}
      : {
          drift: {
            actions: drift.change.actions,
            before: maskSensitive(drift.change.before, mark),
            after: maskSensitive(drift.change.after, mark),
          },
        }),
    attributes: attributes.map(({ difference, cause }) => ({
      pointer: formatPointer(difference.path),
      ...maskedDifference(difference, marks),
      unknown: difference.unknown,
      cause,
    })),
    replacedBecause: main.change.replacePaths.map(formatPointer),
    ...(movedFrom === undefined ? {} : { movedFrom }),
  };
}

interface Explained {
  difference: Difference;
  cause: AttributeChange['cause'];
}

/** Compares last applied, live and desired: who moved which attribute. */
function explain(
  drift: ChangeJson | undefined,
  pending: ChangeJson | undefined,
): { cause: Cause; attributes: Explained[] } {
  const moved = drift ? diffValues(drift.before, drift.after, false) : [];
  const wanted = pending ? diffValues(pending.before, pending.after, pending.afterUnknown) : [];
  const driftPart = moved.map((difference): Explained => ({ difference, cause: 'drift' }));
  const pendingPart = (differences: Difference[]) =>
    differences.map((difference): Explained => ({ difference, cause: 'pending' }));
  if (!drift) return { cause: 'pending', attributes: pendingPart(wanted) };
  if (!pending) return { cause: 'drift', attributes: driftPart };

  const returning = wanted.filter((difference) => returnsToApplied(difference, drift, pending));
  const others = wanted.filter((difference) => !returning.includes(difference));
  // Of an object that is gone, live shows nothing; what Git wants can only be held against what was applied.
  const gitMoved =
    drift.after === null ? diffValues(drift.before, pending.after, pending.afterUnknown) : others;
  const known = gitMoved.filter((difference) => !difference.unknown);
  if (known.length === 0 && returning.length > 0 && !isRemoval(pending))
    return { cause: 'drift', attributes: driftPart };
  return {
    cause: 'both',
    attributes: [...driftPart, ...pendingPart(drift.after === null ? gitMoved : others)],
  };
}

/** Whether the apply brings this attribute back to what was last applied, as far as that is known before it. */
function returnsToApplied(difference: Difference, drift: ChangeJson, pending: ChangeJson): boolean {
  if (difference.unknown) return false;
  const applied = valueAt(drift.before, difference.path);
  const unknown: JsonValue = markAt(pending.afterUnknown, difference.path);
  return diffValues({ value: applied }, { value: difference.after }, { value: unknown }).every(
    (left) => left.unknown,
  );
}

/** An apply that only removes: Git gave the resource up. */
function isRemoval(change: ChangeJson): boolean {
  return change.actions.every((action) => action === 'delete' || action === 'forget');
}

function changeAction(resource: ResourceChange): Action {
  const action = actionOf(resource.change);
  if (action !== 'none') return action;
  return resource.change.importing ? 'import' : 'move';
}

function actionOf(change: ChangeJson): Action {
  const actions = new Set(change.actions);
  if (actions.has('create') && (actions.has('delete') || actions.has('forget'))) return 'replace';
  for (const action of ['create', 'update', 'delete', 'forget', 'read'] as const)
    if (actions.has(action)) return action;
  return 'none';
}
