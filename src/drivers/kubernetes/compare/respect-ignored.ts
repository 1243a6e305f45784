import { isJsonObject, type JsonValue } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { ignoreDifferences, type IgnoreDifferences } from './ignore-differences.ts';
import { itemKey, knownLists, listKind, type KnownLists } from './list-keys.ts';
import { managedEntries } from './managed-fields.ts';
import { normalise } from './normalise.ts';
import { ownedPart } from './owned-part.ts';
import { itemPlace, memberPlace, placeOf, type Place } from './place.ts';

/**
 * What is sent of an object so that its ignored fields stay as they are live, as Argo CD's `RespectIgnoreDifferences` wants it
 * (https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#respect-ignore-difference-configs). A server-side apply leaves
 * them out; those that we own ourselves are sent with the value that they have, since leaving them out would take them away.
 * A list that is written as a whole, and of which items are ignored, stays as a whole.
 * @param manager whose server-side apply it will be; null: the object is replaced, so that all of its ignored fields are sent
 */
export function respectIgnored(
  ignore: IgnoreDifferences,
  wanted: KubeObject,
  live: KubeObject,
  manager: string | null,
): KubeObject {
  const entries = managedEntries(live);
  const without = (object: KubeObject) => ignoreDifferences(ignore, live, object, entries).wanted;
  const sent = without(wanted);
  const owned = manager === null ? normalise(live) : ownedPart(live, manager);
  if (owned === null) return sent;
  const known = knownLists(live);
  return restored(sent, { owned, left: without(owned) }, { place: placeOf(live), known }) as KubeObject;
}

/** What we own of live, with and without what is ignored. */
interface Owned {
  owned: JsonValue;
  left: JsonValue;
}

interface At {
  place: Place;
  known: KnownLists;
}

/** A value with what was left out of the owned part put in. */
function restored(sent: JsonValue, { owned, left }: Owned, at: At): JsonValue {
  if (isJsonObject(owned) && isJsonObject(left) && isJsonObject(sent)) {
    const members = new Map(Object.entries(sent));
    for (const [name, value] of Object.entries(owned)) {
      const kept = Object.hasOwn(left, name) ? left[name]! : undefined;
      const own = members.get(name);
      const below = { ...at, place: memberPlace(at.place, name) };
      if (kept === undefined) members.set(name, value);
      else if (own !== undefined) members.set(name, restored(own, { owned: value, left: kept }, below));
    }
    return Object.fromEntries(members);
  }
  if (Array.isArray(owned) && Array.isArray(left) && Array.isArray(sent))
    return restoredItems(sent, { owned, left }, at);
  return sent;
}

function restoredItems(
  sent: readonly JsonValue[],
  { owned, left }: { owned: readonly JsonValue[]; left: readonly JsonValue[] },
  { place, known }: At,
): JsonValue[] {
  const kind = listKind(place, [sent, owned, left], known);
  if (kind.by === 'position' && owned.length !== left.length) return [...owned];
  const below = { place: itemPlace(place), known };
  const keyOf = (item: JsonValue, index: number): string | undefined => {
    if (kind.by === 'position') return String(index);
    return kind.by === 'keys' ? itemKey(item, kind.fields) : JSON.stringify(item);
  };
  const byKey = (items: readonly JsonValue[]) => new Map(items.map((item, at) => [keyOf(item, at), item]));
  const [ours, kept, wanted] = [byKey(owned), byKey(left), byKey(sent)];
  const items = sent.map((item, index): JsonValue => {
    const key = keyOf(item, index);
    const [whole, rest] = [ours.get(key), kept.get(key)];
    return whole === undefined || rest === undefined
      ? item
      : restored(item, { owned: whole, left: rest }, below);
  });
  const ignored = [...ours].filter(([key]) => !kept.has(key) && !wanted.has(key)).map(([, item]) => item);
  return kind.by === 'position' ? items : [...items, ...ignored];
}
