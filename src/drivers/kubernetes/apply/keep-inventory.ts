import { groupVersion, objectAddress, type KubeObject, type ObjectId } from '../../../kube/object.ts';
import { errorCode } from '../../../util/errors.ts';
import { fieldSetOf } from '../compare/managed-fields.ts';
import { TAKES_ALL } from '../definitions/stack-definition.ts';
import { removeInventory, writeInventory, type Inventory, type InventoryEntry } from '../inventory.ts';
import { createOwnNamespace } from '../namespaces.ts';
import { FIELD_MANAGER } from '../labels.ts';
import { writesAnything, type PlannedObject, type PlannedStack } from '../planned-stack.ts';
import type { Session } from '../session.ts';
import { isRemoved } from '../removed/removed-stack.ts';
import { wantedHash } from '../wanted-hash.ts';
import type { Written } from './run-stages.ts';

/** The inventory while an apply goes on: everything that it owns or is about to. */
export function inventoryBefore(session: Session, planned: PlannedStack): Inventory {
  const known = entriesByAddress(planned.inventory?.entries ?? []);
  const wanted = inventoried(planned).map(
    ({ id, address, object }): InventoryEntry => known.get(address) ?? begun(id, object),
  );
  const going = planned.prunes
    .map(({ address }) => known.get(address))
    .filter((entry) => entry !== undefined);
  const all = [...wanted, ...going, ...planned.left];
  return inventoryOf(session, all, writesAnything(planned) || planned.inventory?.unfinished === true);
}

/**
 * The inventory after an apply: what was written as it was wanted, what was not as before, without what is gone.
 * @param failed it was cut short, so that its hooks are still due
 */
export function inventoryAfter(
  session: Session,
  planned: PlannedStack,
  { done, failed }: { done: Written; failed: boolean },
): Inventory {
  const known = entriesByAddress(planned.inventory?.entries ?? []);
  const objects = inventoried(planned);
  const secrets = planned.rendered.secrets;
  const wanted = objects.flatMap(
    ({ id, address, object, wanted: { object: applied }, live, change }): InventoryEntry[] => {
      const { version } = begun(id, object);
      const clean = change === null || change.action === 'none';
      const now = done.get(address) ?? live;
      const fields = now === null ? null : fieldSetOf(now, FIELD_MANAGER);
      if (clean || done.has(address)) return [{ id, version, wanted: wantedHash(applied, secrets), fields }];
      return [known.get(address) ?? begun(id, object)];
    },
  );
  const going = planned.prunes
    .filter(({ address }) => !done.has(address))
    .flatMap(({ address }) => known.get(address) ?? []);
  return inventoryOf(session, [...wanted, ...going, ...planned.left], failed);
}

/**
 * Writes an inventory, and makes its namespace where that is missing.
 * @param stored the names of its parts that are there
 * @returns the names of those that are there now
 */
export async function keepInventory(
  session: Session,
  inventory: Inventory,
  stored: readonly string[],
): Promise<readonly string[]> {
  const { cluster, request, options } = session;
  const place = { cluster, request, namespace: options.namespace };
  try {
    return await writeInventory(place, inventory, stored);
  } catch (error) {
    if (errorCode(error) !== 'kube_not_found') throw error;
    await createOwnNamespace(session);
    return await writeInventory(place, inventory, stored);
  }
}

/** Keeps what an apply has left; of a stack that Git no longer has, nothing is kept when it has nothing any more. */
export async function endInventory(
  session: Session,
  inventory: Inventory,
  stored: readonly string[],
): Promise<void> {
  const { cluster, request, options, stackId, context } = session;
  const isOver = isRemoved(context.stack) && inventory.entries.every(({ released }) => released === true);
  if (isOver) await removeInventory({ cluster, request, namespace: options.namespace }, stackId);
  else await keepInventory(session, inventory, stored);
}

/** Hooks belong to no inventory: they are never pruned. */
function inventoried({ objects }: PlannedStack): PlannedObject[] {
  return objects.filter(({ rules }) => rules.hook === null);
}

/** An entry of what is about to be written for the first time. */
function begun(id: ObjectId, object: KubeObject): InventoryEntry {
  return { id, version: groupVersion(object.apiVersion).version, wanted: null, fields: null };
}

function inventoryOf(
  { stackId, context }: Session,
  entries: readonly InventoryEntry[],
  unfinished: boolean,
): Inventory {
  const { repo, stack, commit } = context;
  const sorted = entries.toSorted((a, b) => (objectAddress(a.id) < objectAddress(b.id) ? -1 : 1));
  const definition = stack.settings?.['definition'];
  const about = {
    stackId,
    repo,
    stackKey: stack.key,
    path: stack.path,
    commit,
    ...(definition === undefined ? {} : { definition }),
    ...(stack.settings?.[TAKES_ALL] === 'true' ? { takesAll: true as const } : {}),
  };
  return { ...about, ...(unfinished ? { unfinished } : {}), entries: sorted };
}

/** Entries of what the stack has or wants; none of them is another's to take. */
function entriesByAddress(entries: readonly InventoryEntry[]): Map<string, InventoryEntry> {
  const kept = entries.map(({ id, version, wanted, fields }) => ({ id, version, wanted, fields }));
  return new Map(kept.map((entry) => [objectAddress(entry.id), entry]));
}
