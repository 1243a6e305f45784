import { formatPointer } from '../../../domain/json-pointer.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { isControllersField } from './controllers.ts';
import type { Difference } from './differences.ts';
import { ownersOf, type ManagedEntry } from './managed-fields.ts';
import { placeAt } from './place.ts';

/** A field in which live differs because a known controller wrote it. Values are not masked. */
export interface ControlledField extends Difference {
  manager: string;
}

/**
 * Sets aside the differences that a known controller made in its own fields: replicas of an autoscaler, rules of an aggregated
 * role, an injected certificate. Writing them back would be undone at once, for ever.
 */
export function leaveToControllers(
  differences: readonly Difference[],
  live: KubeObject,
  entries: readonly ManagedEntry[],
  { controllers, manager }: { controllers: readonly string[]; manager: string },
): { found: Difference[]; controlled: ControlledField[] } {
  const found: Difference[] = [];
  const controlled: ControlledField[] = [];
  for (const difference of differences) {
    const place = placeAt(live, difference.livePath);
    const owner = ownersOf(live, difference.livePath, entries).find(
      (entry) =>
        entry.manager !== manager &&
        isControllersField(entry, place, formatPointer(place.names), controllers),
    );
    if (difference.before === null || !owner) found.push(difference);
    else controlled.push({ ...difference, manager: owner.manager });
  }
  return { found, controlled };
}
