import { readInventory, type Inventory, type InventoryPlace } from './inventory.ts';
import { readLive, type LiveObjects, type OnForbidden, type Sought } from './live.ts';
import { namespaceExists } from './namespaces.ts';

/** What a cluster is. */
export interface ClusterFacts {
  uid: string;
  /** Without a leading `v`. */
  version: string;
}

/** What a plan reads of its cluster besides its dry runs. */
export interface PlanReads {
  /** See `readLive`. What is told may have moved since: the answer of a dry run shows it by its version. */
  live(sought: readonly Sought[], onForbidden: OnForbidden): Promise<LiveObjects>;
  /** See `readInventory`. */
  inventory(): Promise<Inventory | undefined>;
  hasNamespace(name: string): Promise<boolean>;
  facts(): Promise<ClusterFacts>;
}

/** Reads for one stack alone, as things are now; what its cluster is, once. */
export function ownReads(place: InventoryPlace, stackId: string): PlanReads {
  const { cluster, request } = place;
  let facts: Promise<ClusterFacts> | undefined;
  return {
    live: async (sought, onForbidden) => await readLive(cluster, sought, request, onForbidden),
    inventory: async () => await readInventory(place, stackId),
    hasNamespace: async (name) => await namespaceExists(place, name),
    facts: async () => await (facts ??= clusterFacts(place)),
  };
}

/** Which cluster it is, and of which version. */
export async function clusterFacts({ cluster, request }: InventoryPlace): Promise<ClusterFacts> {
  const [uid, version] = await Promise.all([cluster.uid(request), cluster.version(request)]);
  return { uid, version: version.replace(/^v/, '') };
}
