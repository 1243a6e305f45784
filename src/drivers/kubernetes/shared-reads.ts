import { errorCode } from '../../util/errors.ts';
import { untilAborted } from '../../util/single-flight.ts';
import type { ResourceType } from '../../kube/cluster.ts';
import { objectAddress, objectId } from '../../kube/object.ts';
import { inventoryOf, readInventoryParts, type InventoryPlace } from './inventory.ts';
import { STACK_LABEL } from './labels.ts';
import { readLive, type LiveObjects, type Sought } from './live.ts';
import { namespaceExists } from './namespaces.ts';
import { clusterFacts, type PlanReads } from './plan-reads.ts';

/** Reads of stacks that are planned side by side. */
export interface SharedReads {
  /** Those of one of the stacks. Its request's signal makes only this stack leave. */
  of(place: InventoryPlace, stackId: string): PlanReads;
}

/**
 * Reads once for all stacks of a batch what each of them would read again: of each kind the objects that carry one of their
 * labels, in one list whatever their namespaces are; their inventories in another; and the cluster itself. An object that isn't
 * in the list may be there without its label, and is looked for by its name. Where the right to list everywhere is missing, each
 * stack reads its own. What failed is not kept: whoever asks next tries again.
 * @param signal ends what is read for all
 */
export function createSharedReads(stackIds: readonly string[], signal: AbortSignal): SharedReads {
  const kept = new Map<string, Promise<unknown>>();
  const once = <T>(key: string, read: () => Promise<T>): Promise<T> => {
    const known = kept.get(key) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const reading = read();
    kept.set(key, reading);
    reading.catch(() => kept.delete(key));
    return reading;
  };
  return {
    of: (own, stackId) => {
      const { cluster, namespace, request } = own;
      // Who may read what depends on in whose name it is asked.
      const scope = `${cluster.name} ${JSON.stringify(request.impersonate ?? null)}`;
      const all: InventoryPlace = { ...own, request: { ...request, signal } };
      const shared = async <T>(what: string, read: () => Promise<T>): Promise<T> =>
        await untilAborted(once(`${scope} ${what}`, read), request.signal);
      return {
        live: async (sought, onForbidden) => {
          const kinds = Map.groupBy(sought, ({ type }) => `${type.group}/${type.version}/${type.plural}`);
          const found = await Promise.all(
            [...kinds].map(async ([kind, group]) => {
              const listed = await shared(kind, () => labelled(all, group[0]!.type, stackIds));
              return await withUnlisted(group, listed, (left) =>
                readLive(cluster, left, request, onForbidden),
              );
            }),
          );
          return new Map(found.flat());
        },
        inventory: async () => {
          const parts = await shared(`inventories ${namespace}`, () => readInventoryParts(all, stackIds));
          return inventoryOf(parts.get(stackId) ?? [], stackId);
        },
        hasNamespace: async (name) => await shared(`namespace ${name}`, () => namespaceExists(all, name)),
        facts: async () => await shared('facts', () => clusterFacts(all)),
      };
    },
  };
}

/** All objects of a kind that carry the label of one of the stacks, by address; empty where they may not be listed. */
async function labelled(
  { cluster, request }: InventoryPlace,
  type: ResourceType,
  stackIds: readonly string[],
): Promise<LiveObjects> {
  try {
    const labelSelector = `${STACK_LABEL} in (${stackIds.join(',')})`;
    const objects = await cluster.list(type, { ...request, labelSelector });
    return new Map(
      objects.map((object) => [
        objectAddress({ ...objectId(object), group: type.group, kind: type.kind }),
        object,
      ]),
    );
  } catch (error) {
    if (errorCode(error) === 'kube_forbidden') return new Map();
    throw error;
  }
}

async function withUnlisted(
  sought: readonly Sought[],
  listed: LiveObjects,
  read: (left: readonly Sought[]) => Promise<LiveObjects>,
): Promise<[string, NonNullable<ReturnType<LiveObjects['get']>>][]> {
  const left = sought.filter(({ id }) => !listed.has(objectAddress(id)));
  const known = sought.flatMap(({ id }): [string, NonNullable<ReturnType<LiveObjects['get']>>][] => {
    const address = objectAddress(id);
    const object = listed.get(address);
    return object === undefined ? [] : [[address, object]];
  });
  return left.length === 0 ? known : [...known, ...(await read(left))];
}
