import type { Comparer } from './comparer.ts';
import type { Inventory } from './inventory.ts';
import { writesAnything, type PlannedObject, type PlannedStack } from './planned-stack.ts';

/**
 * Hooks run with the changes that they belong to. Where those were all written, and the apply was cut short before its hooks
 * had run, there is nothing left that they could run with: they are planned themselves.
 */
export function withDueHooks(
  objects: PlannedObject[],
  {
    inventory,
    prunes,
    comparer,
  }: Pick<PlannedStack, 'prunes'> & { inventory: Inventory | undefined; comparer: Comparer },
): PlannedObject[] {
  if (inventory?.unfinished !== true || writesAnything({ objects, prunes })) return objects;
  return objects.map((planned) => {
    const { rules, wanted } = planned;
    if (rules.hook === null || !rules.phases.some((phase) => phase !== 'SyncFail')) return planned;
    const found = comparer.compare({ wanted, live: null, outcome: { kind: 'unasked' }, last: null });
    return { ...planned, change: found.change };
  });
}
