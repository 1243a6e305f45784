import { canonicalJson } from '../../../domain/canonical-json.ts';
import { formatPointer } from '../../../domain/json-pointer.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { itemKey, itemKeys, listKind, type KnownLists, type ListKind } from './list-keys.ts';
import type { Path } from './managed-fields.ts';
import { sameValue } from './same-value.ts';
import { isVoid, itemPlace, memberPlace, placeOf, sameScalar, type Place } from './place.ts';

/** One place in which an object differs. Values are not masked. */
export interface Difference {
  /** JSON pointer into the live object; into the wanted one for what is added. */
  pointer: string;
  /** What live has; null when nothing. */
  before: JsonValue;
  /** What is wanted; null when nothing. */
  after: JsonValue;
  /** The place in the live object; ends with `-` for a list item that isn't there (it would be appended). */
  livePath: Path;
  /** The place in the wanted object; ends with `-` for a list item that isn't there. */
  wantedPath: Path;
}

interface Where {
  live: Path;
  wanted: Path;
  place: Place;
}

/** Beyond what an object says of itself: that a version moved is no difference. */
const IDENTITY = new Set(['apiVersion', 'kind']);

/**
 * The smallest places in which two versions of an object differ, both as `normalise` gives them. Absent, null and empty are
 * the same (see `isVoid`), and so are equal quantities. Items of lists with keys are paired by them, of other lists by
 * position between their common beginning and end, so that an insertion is one difference. Members come by name, list items
 * in the order of live, and then those that are added.
 */
export function differences(
  live: KubeObject,
  wanted: KubeObject,
  known: KnownLists = new Map(),
): Difference[] {
  const found: Difference[] = [];
  const root: Where = { live: [], wanted: [], place: placeOf(wanted) };
  for (const name of memberNames(live, wanted))
    if (!IDENTITY.has(name))
      collect(member(live, name), member(wanted, name), below(root, name), known, found);
  return found;
}

function collect(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  where: Where,
  known: KnownLists,
  into: Difference[],
): void {
  if (sameValue(before, after) || (isVoid(before, where.place) && isVoid(after, where.place))) return;
  if (isJsonObject(before) && isJsonObject(after)) {
    for (const name of memberNames(before, after))
      collect(member(before, name), member(after, name), below(where, name), known, into);
  } else if (Array.isArray(before) && Array.isArray(after)) {
    collectItems(before, after, where, known, into);
  } else if (!sameScalar(before, after, where.place)) {
    into.push(difference(before, after, where));
  }
}

function difference(before: JsonValue | undefined, after: JsonValue | undefined, where: Where): Difference {
  const added = before === undefined || before === null;
  return {
    pointer: formatPointer(added ? where.wanted : where.live),
    before: before ?? null,
    after: after ?? null,
    livePath: where.live,
    wantedPath: where.wanted,
  };
}

function collectItems(
  before: JsonValue[],
  after: JsonValue[],
  where: Where,
  known: KnownLists,
  into: Difference[],
): void {
  const kind = listKind(where.place, [before, after], known);
  const pairs =
    kind.by === 'position' ? pairByPosition(before, after, where, known) : pairByKey(before, after, kind);
  for (const [live, wanted] of pairs) {
    const place: Where = {
      live: [...where.live, live === undefined ? '-' : String(live)],
      wanted: [...where.wanted, wanted === undefined ? '-' : String(wanted)],
      place: itemPlace(where.place),
    };
    if (live !== undefined && wanted !== undefined) collect(before[live], after[wanted], place, known, into);
    else into.push(difference(before[live ?? -1], after[wanted ?? -1], place));
  }
  if (kind.by === 'keys' && kind.ordered) collectOrder(before, after, kind.fields, where, into);
}

type Pair = readonly [live: number | undefined, wanted: number | undefined];

function pairByKey(
  before: readonly JsonValue[],
  after: readonly JsonValue[],
  kind: Exclude<ListKind, { by: 'position' }>,
): Pair[] {
  const keyOf = (item: JsonValue): string =>
    kind.by === 'keys' ? itemKey(item, kind.fields)! : canonicalJson(item);
  const wantedAt = new Map(after.map((item, index) => [keyOf(item), index]));
  const pairs = before.map((item, index): Pair => [index, wantedAt.get(keyOf(item))]);
  const taken = new Set(pairs.map(([, wanted]) => wanted));
  const added = after.flatMap((_, index): Pair[] => (taken.has(index) ? [] : [[undefined, index]]));
  return [...pairs, ...added];
}

/** Leaves out the common beginning and end; pairs what is between by position. */
function pairByPosition(
  before: readonly JsonValue[],
  after: readonly JsonValue[],
  where: Where,
  known: KnownLists,
): Pair[] {
  const item: Where = { ...where, place: itemPlace(where.place) };
  const same = (a: JsonValue | undefined, b: JsonValue | undefined): boolean => {
    const found: Difference[] = [];
    collect(a, b, item, known, found);
    return found.length === 0;
  };
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && same(before[start], after[start])) start++;
  let end = 0;
  while (end < shorter - start && same(before.at(-1 - end), after.at(-1 - end))) end++;
  const middle = Math.max(before.length, after.length) - start - end;
  return Array.from({ length: middle }, (_, offset): Pair => {
    const index = start + offset;
    return [index < before.length - end ? index : undefined, index < after.length - end ? index : undefined];
  });
}

/** One difference for the items that both have, when they stand in another order: the keys, as they stand. */
function collectOrder(
  before: readonly JsonValue[],
  after: readonly JsonValue[],
  fields: readonly string[],
  where: Where,
  into: Difference[],
): void {
  const keysOf = (list: readonly JsonValue[]): JsonObject[] => list.map((item) => itemKeys(item, fields)!);
  const common = (list: readonly JsonValue[], other: readonly JsonValue[]): JsonObject[] => {
    const keys = new Set(keysOf(other).map((key) => canonicalJson(key)));
    return keysOf(list).filter((key) => keys.has(canonicalJson(key)));
  };
  const left = common(before, after);
  const right = common(after, before);
  if (canonicalJson(left) !== canonicalJson(right)) into.push(difference(left, right, where));
}

function below(where: Where, name: string): Where {
  return {
    live: [...where.live, name],
    wanted: [...where.wanted, name],
    place: memberPlace(where.place, name),
  };
}

function memberNames(a: JsonObject, b: JsonObject): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
}

function member(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
