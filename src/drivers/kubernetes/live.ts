import type { Cluster, RequestOptions, ResourceType } from '../../kube/cluster.ts';
import { objectAddress, objectId, type KubeObject, type ObjectId } from '../../kube/object.ts';
import { errorCode, type PlumblineError } from '../../util/errors.ts';

/** From so many objects of one kind and namespace on, one list costs less than a read for each. */
const LIST_FROM = 4;

/** An object to look at, and the type under which it is served. */
export interface Sought {
  id: ObjectId;
  type: ResourceType;
}

/** What was found, by address. */
export type LiveObjects = ReadonlyMap<string, KubeObject>;

/** Told of each object that may not be read. */
export type OnForbidden = (address: string, error: PlumblineError) => void;

/**
 * Reads objects as they are now: many of one kind by a list, few of them one by one. Those that are not there are left out.
 * Nobody's right to list is needed: where it is missing, they are read one by one.
 * @param onForbidden without it, one that may not be read is an error
 */
export async function readLive(
  cluster: Cluster,
  sought: readonly Sought[],
  request: RequestOptions,
  onForbidden?: OnForbidden,
): Promise<LiveObjects> {
  const found = new Map<string, KubeObject>();
  const groups = Map.groupBy(sought, ({ id, type }) => `${type.group}/${type.plural}/${id.namespace}`);
  await Promise.all(
    [...groups.values()].map(async (group) => {
      const objects =
        group.length < LIST_FROM
          ? await readEach(cluster, group, request, onForbidden)
          : await readList(cluster, group, request, onForbidden);
      for (const [address, object] of objects) found.set(address, object);
    }),
  );
  return found;
}

async function readList(
  cluster: Cluster,
  group: readonly Sought[],
  request: RequestOptions,
  onForbidden: OnForbidden | undefined,
): Promise<[string, KubeObject][]> {
  const [{ id, type }] = group as [Sought];
  const wanted = new Set(group.map((one) => objectAddress(one.id)));
  try {
    const all = await cluster.list(type, { ...request, namespace: id.namespace });
    return all
      .map((object): [string, KubeObject] => [
        objectAddress({ ...objectId(object), group: type.group, kind: type.kind }),
        object,
      ])
      .filter(([address]) => wanted.has(address));
  } catch (error) {
    if (errorCode(error) === 'kube_forbidden') return await readEach(cluster, group, request, onForbidden);
    throw error;
  }
}

async function readEach(
  cluster: Cluster,
  group: readonly Sought[],
  request: RequestOptions,
  onForbidden: OnForbidden | undefined,
): Promise<[string, KubeObject][]> {
  const all = await Promise.all(
    group.map(async ({ id, type }): Promise<[string, KubeObject | undefined]> => {
      const address = objectAddress(id);
      try {
        return [address, await cluster.get(type, id, request)];
      } catch (error) {
        if (onForbidden === undefined || errorCode(error) !== 'kube_forbidden') throw error;
        onForbidden(address, error as PlumblineError);
        return [address, undefined];
      }
    }),
  );
  return all.filter((entry): entry is [string, KubeObject] => entry[1] !== undefined);
}
