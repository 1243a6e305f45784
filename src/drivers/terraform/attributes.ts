import { sameJson } from '../../domain/canonical-json.ts';
import { isJsonObject, type JsonValue } from '../../domain/json.ts';
import { hasMark, joinMarks, markOf, maskSensitive } from './sensitivity-marks.ts';

/** Names and indices from the resource to a value in it. */
export type Path = (string | number)[];

/** One place in which two versions of a resource differ. Values are not masked. */
export interface Difference {
  path: Path;
  before: JsonValue;
  after: JsonValue;
  /** Terraform knows the value after only when it has applied. */
  unknown: boolean;
}

/**
 * The smallest places in which two versions of a resource differ. Absent and null are the same. A resource that isn't
 * there differs in each of its attributes.
 * @param unknown Terraform's `after_unknown`
 */
export function diffValues(before: JsonValue, after: JsonValue, unknown: JsonValue): Difference[] {
  const found: Difference[] = [];
  const gone = after === null && unknown === false;
  collect(before ?? {}, gone ? {} : (after ?? {}), unknown === true ? false : unknown, [], found);
  return found;
}

function collect(
  before: JsonValue,
  after: JsonValue,
  unknown: JsonValue,
  path: Path,
  into: Difference[],
): void {
  if (unknown === true) {
    into.push({ path, before, after: null, unknown: true });
    return;
  }
  if (!hasUnknown(unknown) && sameJson(before, after)) return;
  const keys = sharedKeys(before, after, unknown);
  if (keys === undefined) {
    if (!sameJson(before, after)) into.push({ path, before, after, unknown: false });
    return;
  }
  for (const key of keys)
    collect(member(before, key), member(after, key), markOf(unknown, key), [...path, key], into);
}

/** The members in which two values can be compared one by one; undefined when they must be compared as wholes. */
function sharedKeys(before: JsonValue, after: JsonValue, unknown: JsonValue): Path | undefined {
  if (Array.isArray(before) && Array.isArray(after)) {
    return Array.from({ length: Math.max(before.length, after.length) }, (_, index) => index);
  }
  if (isJsonObject(before) && isJsonObject(after)) {
    const names = [
      ...Object.keys(before),
      ...Object.keys(after),
      ...(isJsonObject(unknown) ? Object.keys(unknown) : []),
    ];
    return [...new Set(names)].sort();
  }
  return undefined;
}

function hasUnknown(unknown: JsonValue): boolean {
  if (Array.isArray(unknown)) return unknown.some(hasUnknown);
  if (isJsonObject(unknown)) return Object.values(unknown).some(hasUnknown);
  return unknown === true;
}

function member(value: JsonValue, key: string | number): JsonValue {
  if (Array.isArray(value)) return typeof key === 'number' ? (value[key] ?? null) : null;
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key]! : null;
}

/** The value at a path, null when there is none. */
export function valueAt(value: JsonValue, path: Path): JsonValue {
  return path.reduce<JsonValue>(member, value);
}

/** Terraform's mark at a path. */
export function markAt(mark: JsonValue, path: Path): JsonValue {
  return path.reduce<JsonValue>(markOf, mark);
}

/** The two values of a difference, masked by any of the marks. */
export function maskedDifference(
  difference: Difference,
  marks: readonly JsonValue[],
): { before: JsonValue; after: JsonValue; sensitive: boolean } {
  const mark = joinMarks(marks.map((each) => markAt(each, difference.path)));
  return {
    before: maskSensitive(difference.before, mark),
    after: maskSensitive(difference.after, mark),
    sensitive: hasMark(mark),
  };
}
