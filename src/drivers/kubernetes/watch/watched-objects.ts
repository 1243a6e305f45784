import { objectAddress, type KubeObject, type ObjectId } from '../../../kube/object.ts';
import { foreignChanges, seenOf, wasWrittenSince, type Seen, type WatchRules } from './judge-change.ts';

/** What the objects of inventories were like when they were left, and are now. Objects of no inventory are nobody's. */
export interface WatchedObjects {
  /** The inventory of a stack as it is now; empty: it has none any more. */
  inventory(stackId: string, ids: readonly ObjectId[]): void;
  /** Objects of the inventories of all stacks that are watched now. */
  ids: () => ObjectId[];
  /** An object as it is now. @returns the stack of which it shows that somebody else was there; null: it shows nothing */
  changed: (id: ObjectId, object: KubeObject) => string | null;
  /** An object that is gone; as above. */
  gone: (id: ObjectId) => string | null;
  /** What of a stack still shows that somebody else was there, by address; then that is how it was left. */
  take: (stackId: string) => string[];
}

/** What is known of a stack whose objects are watched. */
export interface StackOfObjects {
  rules: WatchRules;
  /** Looked at last (ISO 8601); null where that says nothing of what comes first: it never was, or it has drifted anyway. */
  scannedAt: string | null;
}

interface Watched {
  /** As it was left; null: it was not there. `changed`: somebody was there while nobody watched. */
  left: Seen | null | 'changed';
  now: Seen | null;
}

/** @param stackOf undefined: its stack is not watched */
export function createWatchedObjects(
  stackOf: (stackId: string) => StackOfObjects | undefined,
): WatchedObjects {
  const inventories = new Map<string, Map<string, ObjectId>>();
  const owners = new Map<string, string>();
  const objects = new Map<string, Watched>();

  const note = (id: ObjectId, now: Seen | null): string | null => {
    const address = objectAddress(id);
    const stackId = owners.get(address);
    const stack = stackId === undefined ? undefined : stackOf(stackId);
    if (stackId === undefined || stack === undefined) {
      // It may become somebody's: what is there then is how it was left.
      if (now === null) objects.delete(address);
      else objects.set(address, { left: now, now });
      return null;
    }
    const known = objects.get(address);
    const watched: Watched = { left: known === undefined ? leftBefore(stack, now) : known.left, now };
    objects.set(address, watched);
    if (differs(stack, watched)) return stackId;
    watched.left = now;
    return null;
  };
  return {
    inventory: (stackId, ids) => {
      const before = inventories.get(stackId) ?? new Map<string, ObjectId>();
      const byAddress = new Map(ids.map((id) => [objectAddress(id), id]));
      for (const address of before.keys()) {
        if (byAddress.has(address)) continue;
        if (owners.get(address) === stackId) owners.delete(address);
        if (objects.get(address)?.now === null) objects.delete(address);
      }
      for (const address of byAddress.keys()) owners.set(address, stackId);
      if (ids.length === 0) inventories.delete(stackId);
      else inventories.set(stackId, byAddress);
    },
    ids: () =>
      [...inventories].flatMap(([stackId, ids]) => (stackOf(stackId) === undefined ? [] : [...ids.values()])),
    changed: (id, object) => note(id, seenOf(object)),
    gone: (id) => note(id, null),
    take: (stackId) => {
      const stack = stackOf(stackId);
      if (stack === undefined) return [];
      const addresses = [...(inventories.get(stackId)?.keys() ?? [])];
      return addresses.filter((address) => {
        const watched = objects.get(address);
        if (watched === undefined || !differs(stack, watched)) return false;
        watched.left = watched.now;
        return true;
      });
    },
  };
}

function differs({ rules }: StackOfObjects, { left, now }: Watched): boolean {
  return left === 'changed' || foreignChanges(left, now, rules).length > 0;
}

/** How an object that is seen for the first time was left: as it is, unless it was written to since its stack was looked at. */
function leftBefore({ scannedAt, rules }: StackOfObjects, now: Seen | null): Watched['left'] {
  if (scannedAt === null) return now;
  return now === null || wasWrittenSince(now, scannedAt, rules) ? 'changed' : now;
}
