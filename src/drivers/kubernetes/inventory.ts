import type { JsonValue } from '../../domain/json.ts';
import { isJsonObject } from '../../domain/json.ts';
import type { Cluster, RequestOptions, ResourceType } from '../../kube/cluster.ts';
import { metaTexts, type KubeObject, type ObjectId } from '../../kube/object.ts';
import { errorCode, PlumblineError } from '../../util/errors.ts';
import { FIELD_MANAGER, INVENTORY_LABEL, STACK_LABEL } from './labels.ts';

const FORMAT = 1;
/** Chooses the parts of all inventories. */
export const PARTS_SELECTOR = INVENTORY_LABEL;
/** An object may have 1 MiB; each part stays well below. */
const PART_BYTES = 256 * 1024;
const NO_OBJECTS: readonly InventoryEntry[] = [];

/** An object that a stack has applied, or is about to. */
export interface InventoryEntry {
  id: ObjectId;
  version: string;
  /** Hash of the object as it was wanted when it was last applied; null where that could give a secret away, or never applied. */
  wanted: string | null;
  /** The fields that the last apply set, without values (a `FieldSet` in JSON); null when it was never applied. */
  fields: JsonValue;
  /** Git no longer has it, and it stays because it says so: another stack may take it over. */
  released?: true;
}

/** What a stack owns in its cluster, kept there in ConfigMaps. It holds no values. */
export interface Inventory {
  stackId: string;
  repo: string;
  stackKey: string;
  /** The stack's folder, so that a stack that was moved finds what it owns. */
  path: string;
  commit: string;
  /** An apply was begun and has not ended well: its hooks may not have run. */
  unfinished?: true;
  entries: readonly InventoryEntry[];
  /** In how many ConfigMaps it was found; left out: it was not. */
  parts?: number;
}

/** Where inventories are kept. */
export interface InventoryPlace {
  cluster: Cluster;
  /** Plumbline's own namespace. */
  namespace: string;
  request: RequestOptions;
}

/**
 * The inventory of a stack; undefined when it has none.
 * @throws PlumblineError `inventory_broken` when a part is missing or can't be read: nothing may be pruned by half of it
 */
export async function readInventory(place: InventoryPlace, stackId: string): Promise<Inventory | undefined> {
  return inventoryOf(await readParts(place, `=${stackId}`), stackId);
}

/** The parts of many stacks' inventories, by stack ID: one request for all of them. */
export async function readInventoryParts(
  place: InventoryPlace,
  stackIds: readonly string[],
): Promise<ReadonlyMap<string, readonly KubeObject[]>> {
  const parts = await readParts(place, ` in (${stackIds.join(',')})`);
  return Map.groupBy(parts, (part) => metaTexts(part, 'labels')[STACK_LABEL] ?? '');
}

/** The inventory that a stack's parts are; undefined when there are none. @throws PlumblineError as `readInventory` */
export function inventoryOf(parts: readonly KubeObject[], stackId: string): Inventory | undefined {
  if (parts.length === 0) return undefined;
  const read = parts.map((part) => parsePart(part, stackId)).toSorted((a, b) => a.index - b.index);
  const [first] = read;
  const whole =
    read.length === first!.of && read.every(({ index, of }, at) => index === at && of === first!.of);
  if (!whole) throw broken(stackId, `it has ${read.length} of ${first!.of} parts`);
  const { repo, stackKey, path, commit, unfinished } = first!;
  const entries = read.flatMap((part) => part.entries);
  return {
    stackId,
    repo,
    stackKey,
    path,
    commit,
    ...(unfinished ? { unfinished } : {}),
    entries,
    parts: read.length,
  };
}

/**
 * Writes an inventory in place of the one that is there. Parts that are no longer needed go last, so that a process that is
 * killed in between leaves too many objects, never too few.
 * @param stored how many parts are there
 * @returns how many there are now
 * @throws PlumblineError `kube_not_found` where Plumbline's own namespace is missing
 */
export async function writeInventory(
  place: InventoryPlace,
  inventory: Inventory,
  stored: number,
): Promise<number> {
  const { cluster, namespace, request } = place;
  const type = await configMaps(cluster, request);
  const parts = inParts(inventory.entries);
  for (const [index, entries] of parts.entries()) {
    const object = partObject(inventory, { namespace, index, of: parts.length, entries });
    await cluster.apply(type, object, { ...request, fieldManager: FIELD_MANAGER, force: true });
  }
  for (let index = parts.length; index < stored; index += 1) {
    const id = { namespace, name: partName(inventory.stackId, index) };
    await cluster.remove(type, id, { ...request, propagation: 'Background' });
  }
  return parts.length;
}

/** The stack whose inventory a ConfigMap is a part of, and what that part holds; undefined when it can't be read. */
export function readPart(object: KubeObject): { stackId: string; entries: InventoryEntry[] } | undefined {
  const stackId = metaTexts(object, 'labels')[STACK_LABEL] ?? '';
  try {
    return { stackId, entries: parsePart(object, stackId).entries };
  } catch {
    return undefined;
  }
}

interface Part {
  index: number;
  of: number;
  repo: string;
  stackKey: string;
  path: string;
  commit: string;
  unfinished?: true;
  entries: InventoryEntry[];
}

async function readParts(
  { cluster, namespace, request }: InventoryPlace,
  whose: string,
): Promise<KubeObject[]> {
  const type = await configMaps(cluster, request);
  try {
    const labelSelector = `${INVENTORY_LABEL},${STACK_LABEL}${whose}`;
    return await cluster.list(type, { ...request, namespace, labelSelector });
  } catch (error) {
    if (errorCode(error) === 'kube_not_found') return [];
    throw error;
  }
}

async function configMaps(cluster: Cluster, request: RequestOptions): Promise<ResourceType> {
  return await cluster.resource({ group: '', kind: 'ConfigMap' }, request);
}

function inParts(entries: readonly InventoryEntry[]): (readonly InventoryEntry[])[] {
  const parts: InventoryEntry[][] = [];
  let bytes = Infinity;
  for (const entry of entries) {
    const size = Buffer.byteLength(JSON.stringify(entry)) + 1;
    if (bytes + size > PART_BYTES) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)!.push(entry);
    bytes += size;
  }
  return parts.length === 0 ? [NO_OBJECTS] : parts;
}

function partName(stackId: string, index: number): string {
  return index === 0 ? `inventory-${stackId}` : `inventory-${stackId}-${index}`;
}

function partObject(
  { stackId, repo, stackKey, path, commit, unfinished }: Inventory,
  part: { namespace: string; index: number; of: number; entries: readonly InventoryEntry[] },
): KubeObject {
  const { namespace, index, of, entries } = part;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: partName(stackId, index),
      namespace,
      labels: {
        'app.kubernetes.io/managed-by': FIELD_MANAGER,
        [INVENTORY_LABEL]: String(index),
        [STACK_LABEL]: stackId,
      },
      annotations: { 'plumbline.dev/repo': repo, 'plumbline.dev/stack-key': stackKey },
    },
    data: {
      about: JSON.stringify({ format: FORMAT, index, of, repo, stackKey, path, commit, unfinished }),
      objects: JSON.stringify(entries),
    },
  };
}

function parsePart(object: KubeObject, stackId: string): Part {
  const data = object['data'];
  const name = object.metadata.name;
  if (!isJsonObject(data) || typeof data['about'] !== 'string' || typeof data['objects'] !== 'string')
    throw broken(stackId, `${name} lacks its data`);
  let about: { format: number } & Omit<Part, 'entries'>;
  let entries: InventoryEntry[];
  try {
    about = JSON.parse(data['about']) as typeof about;
    entries = JSON.parse(data['objects']) as InventoryEntry[];
  } catch {
    throw broken(stackId, `${name} is no JSON`);
  }
  if (about.format !== FORMAT || !Array.isArray(entries))
    throw broken(stackId, `${name} is of format ${String(about.format)}, which this version does not know`);
  if (metaTexts(object, 'labels')[STACK_LABEL] !== stackId)
    throw broken(stackId, `${name} is another stack's`);
  return { ...about, entries };
}

function broken(stackId: string, why: string): PlumblineError {
  return new PlumblineError(
    'inventory_broken',
    `The inventory ${stackId} in the cluster can't be read: ${why}. Nothing is pruned by it. Restore its ConfigMaps, or delete all of them: then the objects are adopted anew and none is pruned.`,
  );
}
