import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../domain/canonical-json.ts';
import { formatPointer, valueAt } from '../../../domain/json-pointer.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { sameValue } from './same-value.ts';

/** Names and list positions from an object to a value in it. */
export type Path = readonly string[];

/**
 * Fields of an object, as `FieldsV1` writes them: members are `f:<name>` for a field, `k:<keys>` for an item of a list that
 * has keys, `v:<value>` for an item of a set, `i:<n>` for a position, and `.` for the place itself. A member without members
 * is a leaf. Source: the API reference of Kubernetes, `FieldsV1`.
 */
export type FieldTree = JsonObject;

/** Who set a field. */
export interface FieldOwner {
  manager: string;
  /** `Apply` (server-side) or `Update` (everything else). */
  operation: string;
  /** e.g. `status` or `scale`; empty for the object itself. */
  subresource: string;
  /** When this manager last changed its fields (RFC 3339); null when the server doesn't say. */
  at: string | null;
}

/** An owner with all its fields. */
export interface ManagedEntry extends FieldOwner {
  fields: FieldTree;
}

/**
 * The fields that one manager set in one apply, without values: names, and the keys of list items. It is plain JSON, and two
 * of them are compared with `sameJson`.
 */
export type FieldSet = { version: 1; fields: FieldTree };

/** Keys of list items that the server fills in where an object leaves them out. */
const KEY_DEFAULTS: Readonly<Record<string, JsonValue>> = { protocol: 'TCP' };

/** The entries of `metadata.managedFields`; what isn't of the known form is left out. */
export function managedEntries(object: KubeObject): ManagedEntry[] {
  const entries = object.metadata['managedFields'];
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry): ManagedEntry[] => {
    if (!isJsonObject(entry) || !isJsonObject(entry['fieldsV1'])) return [];
    const text = (name: string): string => (typeof entry[name] === 'string' ? entry[name] : '');
    return [
      {
        manager: text('manager'),
        operation: text('operation'),
        subresource: text('subresource'),
        at: text('time') || null,
        fields: entry['fieldsV1'],
      },
    ];
  });
}

/** Who owns a field of the object, or anything below it, in the order of `managedFields`. */
export function ownersOf(
  object: KubeObject,
  path: Path,
  entries: readonly ManagedEntry[] = managedEntries(object),
): ManagedEntry[] {
  const trees = entries.map((entry) => entry.fields);
  return entries.filter((entry) => covers(entry.fields, object, path, trees));
}

/**
 * JSON pointers of all leaves of the object that a manager owns: texts, numbers, and empty maps and lists. Fields that are no
 * longer in the object are left out.
 */
export function ownedPointers(
  object: KubeObject,
  manager: string,
  operation: 'Apply' | 'Update' = 'Apply',
): Set<string> {
  const entries = managedEntries(object);
  const trees = entries.map((entry) => entry.fields);
  const found = new Set<string>();
  const visit = (tree: FieldTree, value: JsonValue | undefined, path: Path): void => {
    if (value === undefined) return;
    if (isLeaf(tree)) {
      if (!isGranular(trees, object, path)) addLeaves(value, path, found);
    } else if (Array.isArray(value)) {
      for (const [index, branch] of listBranches(tree, value))
        visit(branch, value[index], [...path, String(index)]);
    } else if (isJsonObject(value)) {
      if (Object.keys(value).length === 0) found.add(formatPointer(path));
      for (const name of Object.keys(value)) {
        const branch = ownBranch(tree, `f:${name}`);
        if (branch) visit(branch, value[name], [...path, name]);
      }
    }
  };
  for (const entry of entries)
    if (entry.manager === manager && entry.operation === operation && entry.subresource === '')
      visit(entry.fields, object, []);
  return found;
}

/** What a manager's server-side applies have set in the object; null when there is nothing. */
export function fieldSetOf(object: KubeObject, manager: string): FieldSet | null {
  const own = managedEntries(object).filter(
    (entry) => entry.manager === manager && entry.operation === 'Apply' && entry.subresource === '',
  );
  if (own.length === 0) return null;
  return { version: 1, fields: own.reduce<FieldTree>((joined, entry) => join(joined, entry.fields), {}) };
}

/** Reads a stored set; null when it is none that this version knows. */
export function parseFieldSet(value: JsonValue): FieldSet | null {
  return isJsonObject(value) && value['version'] === 1 && isJsonObject(value['fields'])
    ? { version: 1, fields: value['fields'] }
    : null;
}

/** Whether a set holds the field at a path of the object, or anything below it. List items are found by their keys. */
export function fieldSetContains(set: FieldSet, object: KubeObject, path: Path): boolean {
  const others = managedEntries(object).map((entry) => entry.fields);
  return covers(set.fields, object, path, others);
}

/** A member of a tree that ends there: the field is owned as a whole. */
export function isLeaf(tree: FieldTree): boolean {
  return Object.keys(tree).length === 0;
}

/** The branches of a tree for the items of a list, by position. */
export function listBranches(tree: FieldTree, list: readonly JsonValue[]): Map<number, FieldTree> {
  const found = new Map<number, FieldTree>();
  for (const [element, branch] of Object.entries(tree)) {
    if (!isJsonObject(branch)) continue;
    const matches = itemTest(element);
    const index = matches ? list.findIndex((item, at) => !found.has(at) && matches(item, at)) : -1;
    if (index >= 0) found.set(index, branch);
  }
  return found;
}

/** The branch of a tree for a member of a value, found by the item's keys where the value is a list. */
export function branchFor(
  tree: FieldTree,
  parent: JsonValue | undefined,
  segment: string,
): FieldTree | undefined {
  return Array.isArray(parent)
    ? listBranches(tree, parent).get(Number(segment))
    : ownBranch(tree, `f:${segment}`);
}

/** The name of what stands for the value `v:<value>` in a set without values. */
function valueHash(value: JsonValue): string {
  return `h:${createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 32)}`;
}

function ownBranch(tree: FieldTree, element: string): FieldTree | undefined {
  const branch = Object.hasOwn(tree, element) ? tree[element] : undefined;
  return isJsonObject(branch) ? branch : undefined;
}

/** Which items of a list an element of a path stands for; undefined when for none. */
function itemTest(element: string): ((item: JsonValue, index: number) => boolean) | undefined {
  const rest = element.slice(2);
  if (element.startsWith('h:')) return (item) => valueHash(item) === element;
  if (element.startsWith('i:')) return (_, index) => String(index) === rest;
  if (!element.startsWith('k:') && !element.startsWith('v:')) return undefined;
  const parsed = parse(rest);
  if (parsed === undefined) return undefined;
  if (element.startsWith('v:')) return (item) => sameValue(item, parsed);
  if (!isJsonObject(parsed)) return undefined;
  const keys = Object.entries(parsed);
  return (item) =>
    isJsonObject(item) &&
    keys.every(([name, key]) => sameValue(item[name] ?? KEY_DEFAULTS[name] ?? null, key));
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

/** Whether a tree reaches a place, or ends in a leaf above it that is owned as a whole. */
function covers(tree: FieldTree, root: JsonValue, path: Path, others: readonly FieldTree[]): boolean {
  let node = tree;
  let value: JsonValue | undefined = root;
  for (const [depth, segment] of path.entries()) {
    if (depth > 0 && isLeaf(node)) return !isGranular(others, root, path.slice(0, depth));
    const branch = branchFor(node, value, segment);
    if (!branch) return false;
    node = branch;
    value = value === undefined ? undefined : valueAt(value, [segment]);
  }
  return !isLeaf(tree);
}

/**
 * Whether some manager owns single members of a map or list: then a leaf there stands for an empty map that was set, and not
 * for all that is in it.
 */
export function isGranular(trees: readonly FieldTree[], root: JsonValue, path: Path): boolean {
  return trees.some((tree) => {
    let node: FieldTree | undefined = tree;
    let value: JsonValue | undefined = root;
    for (const segment of path) {
      node = branchFor(node, value, segment);
      if (!node) return false;
      value = value === undefined ? undefined : valueAt(value, [segment]);
    }
    return Object.keys(node).some((element) => element !== '.');
  });
}

function addLeaves(value: JsonValue, path: Path, into: Set<string>): void {
  const members = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (members.length === 0) into.add(formatPointer(path));
  for (const [name, member] of members) addLeaves(member, [...path, name], into);
}

/** The union of two trees, values of set items replaced by their hashes. */
function join(a: FieldTree, b: FieldTree): FieldTree {
  const joined: FieldTree = { ...a };
  for (const [element, branch] of Object.entries(b)) {
    if (!isJsonObject(branch)) continue;
    const value = element.startsWith('v:') ? parse(element.slice(2)) : undefined;
    const name = value === undefined ? element : valueHash(value);
    joined[name] = join(ownBranch(joined, name) ?? {}, branch);
  }
  return joined;
}
