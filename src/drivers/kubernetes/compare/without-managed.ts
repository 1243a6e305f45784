import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json.ts';
import { isLeaf, listBranches, type FieldTree } from './managed-fields.ts';

/** Two versions of a value without some fields; undefined where nothing is left of one. */
interface Pruned {
  live: JsonValue | undefined;
  wanted: JsonValue | undefined;
  /** Whether live had any of the fields. */
  found: boolean;
}

/**
 * Takes the fields of a tree out of two versions of a value, list items by their keys. A map or an item that the tree owns,
 * and of which nothing else is left, goes with its fields, so that what a manager added as a whole leaves no trace.
 */
export function withoutManaged(
  tree: FieldTree,
  live: JsonValue,
  wanted: JsonValue,
): { live: JsonValue; wanted: JsonValue; found: boolean } {
  const pruned = prune(tree, live, wanted);
  return { live: pruned.live ?? {}, wanted: pruned.wanted ?? {}, found: pruned.found };
}

function prune(tree: FieldTree, live: JsonValue | undefined, wanted: JsonValue | undefined): Pruned {
  if (isLeaf(tree)) return { live: undefined, wanted: undefined, found: live !== undefined };
  if (Array.isArray(live)) return pruneItems(tree, live, wanted);
  if (isJsonObject(live)) return pruneMembers(tree, live, wanted);
  return { live, wanted, found: false };
}

function pruneMembers(tree: FieldTree, live: JsonObject, wanted: JsonValue | undefined): Pruned {
  const left = new Map(Object.entries(live));
  const theirs = isJsonObject(wanted) ? new Map(Object.entries(wanted)) : undefined;
  let found = false;
  for (const name of Object.keys(live)) {
    const branch = Object.hasOwn(tree, `f:${name}`) ? tree[`f:${name}`] : undefined;
    if (!isJsonObject(branch)) continue;
    const pruned = prune(branch, live[name], theirs?.get(name));
    put(left, name, pruned.live);
    if (theirs?.has(name)) put(theirs, name, pruned.wanted);
    found ||= pruned.found;
  }
  const rest = Object.fromEntries(left);
  return {
    live: left.size === 0 && Object.hasOwn(tree, '.') && wanted === undefined ? undefined : rest,
    wanted: theirs ? Object.fromEntries(theirs) : wanted,
    found,
  };
}

function put(members: Map<string, JsonValue>, name: string, value: JsonValue | undefined): void {
  if (value === undefined) members.delete(name);
  else members.set(name, value);
}

function pruneItems(tree: FieldTree, live: readonly JsonValue[], wanted: JsonValue | undefined): Pruned {
  const theirs: (JsonValue | undefined)[] = Array.isArray(wanted) ? [...wanted] : [];
  const branches = listBranches(tree, live);
  const wantedAt = new Map<FieldTree, number>();
  if (Array.isArray(wanted))
    for (const [index, branch] of listBranches(tree, wanted)) wantedAt.set(branch, index);
  let found = false;
  const left = live.map((item, index): JsonValue | undefined => {
    const branch = branches.get(index);
    if (!branch) return item;
    const at = wantedAt.get(branch);
    const own = at === undefined ? branch : withoutKeys(tree, branch);
    const pruned = prune(own, item, at === undefined ? undefined : theirs[at]);
    if (at !== undefined) theirs[at] = pruned.wanted;
    found ||= pruned.found;
    return pruned.live;
  });
  return {
    live: left.filter((item) => item !== undefined),
    wanted: Array.isArray(wanted) ? theirs.filter((item) => item !== undefined) : wanted,
    found,
  };
}

/** A branch without the fields that are the item's keys: both versions keep them, to be paired by. */
function withoutKeys(tree: FieldTree, branch: FieldTree): FieldTree {
  const element = Object.keys(tree).find((name) => tree[name] === branch) ?? '';
  const kept = Object.entries(branch).filter(
    ([name]) => !element.startsWith('k:') || !element.includes(`${JSON.stringify(name.slice(2))}:`),
  );
  return kept.length === 0 ? { '.': {} } : Object.fromEntries(kept);
}
