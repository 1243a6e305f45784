import { createHash } from 'node:crypto';
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
  /** The definition that makes the stack, as in its settings; left out: its folder does. */
  definition?: string;
  /** The definition's removal takes all of it; left out: its objects would stay. */
  takesAll?: true;
  /** An apply was begun and has not ended well: its hooks may not have run. */
  unfinished?: true;
  entries: readonly InventoryEntry[];
  /** The ConfigMaps that were found, those that a killed process has left among them; left out: none. */
  parts?: readonly string[];
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

/** The parts of all inventories. */
export async function readAllParts(place: InventoryPlace): Promise<KubeObject[]> {
  return await readParts(place, '');
}

/** Deletes a stack's inventory. What it lists stays. Safe to run again. */
export async function removeInventory(place: InventoryPlace, stackId: string): Promise<void> {
  const { cluster, namespace, request } = place;
  const type = await configMaps(cluster, request);
  for (const { metadata } of await readParts(place, `=${stackId}`))
    await cluster.remove(type, { namespace, name: metadata.name }, { ...request, propagation: 'Background' });
}

/**
 * The inventory that a stack's parts are; undefined when there are none. Its first part says which others belong to it:
 * those of another generation were left by a process that was killed while it wrote.
 * @throws PlumblineError as `readInventory`
 */
export function inventoryOf(parts: readonly KubeObject[], stackId: string): Inventory | undefined {
  if (parts.length === 0) return undefined;
  const names = parts.map(({ metadata }) => metadata.name);
  const read = parts.map((part) => parsePart(part, stackId)).toSorted((a, b) => a.index - b.index);
  const first = read[0]!;
  const { repo, stackKey, path, commit, definition, takesAll, unfinished } = first;
  const made = {
    ...(definition === undefined ? {} : { definition }),
    ...(takesAll ? { takesAll } : {}),
  };
  const about = { stackId, repo, stackKey, path, commit, ...made, parts: names };
  // The first part is written last: without it nothing was begun.
  if (first.index !== 0 && read.every(({ generation }) => generation !== undefined))
    return { ...about, unfinished: true, entries: [] };
  const own = read.filter((part) => part.generation === first.generation && part.index < first.of);
  const whole = own.length === first.of && own.every(({ index, of }, at) => index === at && of === first.of);
  if (!whole) throw broken(stackId, `it has ${own.length} of ${first.of} parts`);
  const entries = own.flatMap((part) => part.entries);
  return { ...about, ...(unfinished ? { unfinished } : {}), entries };
}

/**
 * Writes an inventory in place of the one that is there. One of several parts counts with its first, which is written last
 * of them; what the one before has left goes after that. A process that is killed in between leaves the one or the other whole.
 * @param stored the names of the parts that are there
 * @returns the names of those that are there now
 * @throws PlumblineError `kube_not_found` where Plumbline's own namespace is missing
 */
export async function writeInventory(
  place: InventoryPlace,
  inventory: Inventory,
  stored: readonly string[],
): Promise<readonly string[]> {
  const { cluster, namespace, request } = place;
  const type = await configMaps(cluster, request);
  const parts = partObjects(inventory, namespace);
  for (const object of parts.toReversed())
    await cluster.apply(type, object, { ...request, fieldManager: FIELD_MANAGER, force: true });
  const kept = parts.map(({ metadata }) => metadata.name);
  for (const name of stored) {
    if (kept.includes(name)) continue;
    await cluster.remove(type, { namespace, name }, { ...request, propagation: 'Background' });
  }
  return kept;
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
  /** The same in all parts that were written together; left out: it is the only one, or of before generations. */
  generation?: string;
  repo: string;
  stackKey: string;
  path: string;
  commit: string;
  definition?: string;
  takesAll?: true;
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

/** The name of an inventory's first part. */
export function inventoryName(stackId: string): string {
  return `inventory-${stackId}`;
}

function partName(stackId: string, index: number, generation: string | undefined): string {
  return index === 0 ? inventoryName(stackId) : `${inventoryName(stackId)}-${generation}-${index}`;
}

function partObjects(inventory: Inventory, namespace: string): KubeObject[] {
  const parts = inParts(inventory.entries);
  const { stackId, repo, stackKey, path, commit, definition, takesAll, unfinished } = inventory;
  const of = parts.length;
  const generation = of === 1 ? undefined : generationOf(inventory);
  return parts.map((entries, index) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: partName(stackId, index, generation),
      namespace,
      labels: {
        'app.kubernetes.io/managed-by': FIELD_MANAGER,
        [INVENTORY_LABEL]: String(index),
        [STACK_LABEL]: stackId,
      },
      annotations: { 'plumbline.dev/repo': repo, 'plumbline.dev/stack-key': stackKey },
    },
    data: {
      about: JSON.stringify({
        format: FORMAT,
        index,
        of,
        generation,
        repo,
        stackKey,
        path,
        commit,
        definition,
        takesAll,
        unfinished,
      }),
      objects: JSON.stringify(entries),
    },
  }));
}

/** Of what an inventory says: parts of two of them are never taken for one, and one that is written again replaces itself. */
function generationOf({ commit, path, definition, takesAll, unfinished, entries }: Inventory): string {
  const text = JSON.stringify([commit, path, definition, takesAll, unfinished, entries]);
  return createHash('sha256').update(text).digest('hex').slice(0, 10);
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
