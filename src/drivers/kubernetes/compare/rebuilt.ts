import { isJsonObject, type JsonValue } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { Difference } from './differences.ts';
import type { ExtraField } from './extra.ts';
import { withoutPaths, type Step } from './jq/values.ts';
import { itemKey, listKind, type KnownLists } from './list-keys.ts';
import type { Path } from './managed-fields.ts';
import { itemPlace, memberPlace, placeOf } from './place.ts';

/** The wanted object without the extra fields of live, which a dry run leaves in place. */
export function withoutExtra(
  wanted: KubeObject,
  live: KubeObject,
  extra: readonly ExtraField[],
  known: KnownLists,
): KubeObject {
  const paths = extra.flatMap(({ path }) => {
    const there = samePath(path, live, wanted, known);
    return there ? [there] : [];
  });
  return withoutPaths(wanted, paths) as KubeObject;
}

/** An object with what live has at the places of some differences. */
export function withLive(
  wanted: KubeObject,
  differences: readonly Pick<Difference, 'before' | 'wantedPath'>[],
): KubeObject {
  return differences.reduce<JsonValue>(
    (object, { wantedPath, before }) => withValue(object, wantedPath, before),
    wanted,
  ) as KubeObject;
}

/** Live as it was before it moved: drifted fields as they are wanted, extra ones gone. */
export function withReturned(
  live: KubeObject,
  drifted: readonly Difference[],
  extra: readonly ExtraField[],
): KubeObject {
  const returned = drifted
    .filter(({ after }) => after !== null)
    .reduce<JsonValue>((object, { livePath, after }) => withValue(object, livePath, after), live);
  const gone = [
    ...drifted.filter(({ after }) => after === null).map(({ livePath }) => livePath),
    ...extra.map(({ path }) => path),
  ];
  return withoutPaths(
    returned,
    gone.map((path) => stepsOf(path, returned)),
  ) as KubeObject;
}

/** A copy with a value at a place; `-` at the end of the path appends to a list. */
function withValue(object: JsonValue, [name, ...rest]: Path, value: JsonValue): JsonValue {
  if (name === undefined) return value;
  if (Array.isArray(object))
    return name === '-'
      ? [...object, value]
      : object.map((item, index) => (String(index) === name ? withValue(item, rest, value) : item));
  const members = isJsonObject(object) ? Object.entries(object) : [];
  const member = members.find(([each]) => each === name)?.[1] ?? null;
  return Object.fromEntries([...members, [name, withValue(member, rest, value)]]);
}

/** The place in another version of an object, list items found by their keys; undefined where there is none. */
function samePath(
  path: Path,
  from: JsonValue,
  to: JsonValue,
  known: KnownLists,
): readonly Step[] | undefined {
  const steps: Step[] = [];
  let place = placeOf(to as KubeObject);
  let here: JsonValue | undefined = from;
  let there: JsonValue | undefined = to;
  for (const name of path) {
    if (Array.isArray(here) && Array.isArray(there)) {
      const index = samePosition(Number(name), here, there, listKind(place, [here, there], known));
      if (index < 0) return undefined;
      [here, there] = [here[Number(name)], there[index]];
      steps.push(index);
      place = itemPlace(place);
    } else if (isJsonObject(here) && isJsonObject(there) && Object.hasOwn(there, name)) {
      [here, there] = [here[name], there[name]];
      steps.push(name);
      place = memberPlace(place, name);
    } else return undefined;
  }
  return steps;
}

function samePosition(
  index: number,
  from: readonly JsonValue[],
  to: readonly JsonValue[],
  kind: ReturnType<typeof listKind>,
): number {
  if (kind.by === 'position') return index < to.length ? index : -1;
  const keyOf = (item: JsonValue): string | undefined =>
    kind.by === 'keys' ? itemKey(item, kind.fields) : JSON.stringify(item);
  const key = keyOf(from[index]!);
  return to.findIndex((item) => keyOf(item) === key);
}

function stepsOf(path: Path, object: JsonValue): Step[] {
  let here: JsonValue | undefined = object;
  return path.map((name): Step => {
    const step = Array.isArray(here) ? Number(name) : name;
    here = Array.isArray(here) ? here[Number(name)] : isJsonObject(here) ? here[name] : undefined;
    return step;
  });
}
