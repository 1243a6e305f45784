import { valueAt } from '../../../domain/json-pointer.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { isServerDefault } from './defaults.ts';
import type { Difference } from './differences.ts';
import { itemKey, knownLists, listKind, type KnownLists } from './list-keys.ts';
import { fieldSetOf, isLeaf, listBranches, type FieldTree } from './managed-fields.ts';
import { itemPlace, memberPlace, placeAt, placeOf, type Place } from './place.ts';

/**
 * What a server-side apply of the wanted object would leave, as far as the client can tell: what is wanted laid over live, and
 * what our last apply set and Git gave up taken away. It knows neither defaults nor admission, so that it stands in only where
 * a dry run is not allowed.
 * @param live as `normalise` gives it, but with its managed fields
 * @param wanted as `normalise` gives it
 */
export function clientAnswer(live: KubeObject, wanted: KubeObject, manager: string): KubeObject {
  const ours = fieldSetOf(live, manager)?.fields ?? {};
  const known = knownLists(live);
  return merge(live, wanted, ours, placeOf(wanted), known) as KubeObject;
}

/** Differences without those that the server's own defaults make where a list was taken as it is wanted. */
export function withoutDefaults(differences: readonly Difference[], live: KubeObject): Difference[] {
  return differences.filter(({ before, after, livePath }) => {
    const parent = valueAt(live, livePath.slice(0, -1));
    const name = livePath.at(-1) ?? '';
    return after !== null || !isServerDefault(before, parent, name, placeAt(live, livePath), live);
  });
}

function merge(
  live: JsonValue,
  wanted: JsonValue,
  ours: FieldTree,
  place: Place,
  known: KnownLists,
): JsonValue {
  if (isJsonObject(live) && isJsonObject(wanted)) return mergeMembers(live, wanted, ours, place, known);
  if (!Array.isArray(live) || !Array.isArray(wanted)) return wanted;
  const kind = listKind(place, [live, wanted], known);
  if (kind.by !== 'keys') return wanted;
  const keyOf = (item: JsonValue): string => itemKey(item, kind.fields)!;
  const wantedBy = new Map(wanted.map((item) => [keyOf(item), item]));
  const branches = listBranches(ours, live);
  const kept = live.flatMap((item, index): JsonValue[] => {
    const theirs = wantedBy.get(keyOf(item));
    const branch = branches.get(index);
    if (theirs !== undefined) return [merge(item, theirs, branch ?? {}, itemPlace(place), known)];
    return branch ? [] : [item];
  });
  const present = new Set(live.map(keyOf));
  return [...kept, ...wanted.filter((item) => !present.has(keyOf(item)))];
}

function mergeMembers(
  live: JsonObject,
  wanted: JsonObject,
  ours: FieldTree,
  place: Place,
  known: KnownLists,
): JsonObject {
  const merged = new Map<string, JsonValue>();
  for (const [name, value] of Object.entries(live)) {
    const branch = Object.hasOwn(ours, `f:${name}`) ? ours[`f:${name}`] : undefined;
    const own = isJsonObject(branch) ? branch : undefined;
    const theirs = Object.hasOwn(wanted, name) ? (wanted[name] ?? undefined) : undefined;
    if (theirs !== undefined) {
      merged.set(name, merge(value, theirs, own ?? {}, memberPlace(place, name), known));
    } else if (own === undefined) {
      merged.set(name, value);
    } else if (!isLeaf(own)) {
      const left = merge(value, Array.isArray(value) ? [] : {}, own, memberPlace(place, name), known);
      if (Object.keys(left ?? {}).length > 0) merged.set(name, left);
    }
  }
  for (const [name, value] of Object.entries(wanted))
    if (!Object.hasOwn(live, name) && value !== null) merged.set(name, value);
  return Object.fromEntries(merged);
}
