import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import {
  branchFor,
  fieldSetOf,
  isGranular,
  isLeaf,
  listBranches,
  managedEntries,
  type FieldTree,
  type Path,
} from './managed-fields.ts';

/**
 * What a manager has declared of an object by server-side apply, with the values that it has now: applied again, it gives the
 * manager the same fields. Null when the manager has declared nothing.
 */
export function ownedPart(object: KubeObject, manager: string): KubeObject | null {
  const set = fieldSetOf(object, manager);
  if (set === null) return null;
  const trees = managedEntries(object).map(({ fields }) => fields);
  const part = take({ object, trees }, set.fields, object, []) as JsonObject;
  const { apiVersion, kind, metadata } = object;
  const { name, namespace } = metadata;
  const own = isJsonObject(part['metadata']) ? part['metadata'] : {};
  return {
    ...part,
    apiVersion,
    kind,
    metadata: { ...own, ...(namespace === undefined ? {} : { namespace }), name },
  };
}

interface Whole {
  object: KubeObject;
  /** Of all managers. */
  trees: readonly FieldTree[];
}

function take(whole: Whole, tree: FieldTree, value: JsonValue, path: Path): JsonValue {
  if (isLeaf(tree)) return isGranular(whole.trees, whole.object, path) ? emptied(value) : value;
  if (Array.isArray(value)) {
    return [...listBranches(tree, value)]
      .toSorted(([a], [b]) => a - b)
      .map(([index, branch]) => take(whole, branch, value[index]!, [...path, String(index)]));
  }
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).flatMap(([name, member]): [string, JsonValue][] => {
    const branch = branchFor(tree, value, name);
    return branch === undefined ? [] : [[name, take(whole, branch, member, [...path, name])]];
  });
  return Object.fromEntries(members);
}

/** A leaf beside members of others stands for the empty map or list that was declared. */
function emptied(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return [];
  return isJsonObject(value) ? {} : value;
}
