import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/json.ts';

/** What stands in the place of a sensitive value. */
export const MASK = '(sensitive)';

/** Whether Terraform's mark covers the whole value. */
export function isMarked(mark: JsonValue | undefined): boolean {
  return mark === true;
}

/** The mark of a member of a marked value. */
export function markOf(mark: JsonValue | undefined, key: string | number): JsonValue {
  if (mark === true) return true;
  if (Array.isArray(mark) && typeof key === 'number') return mark[key] ?? false;
  return isJsonObject(mark) ? (mark[key] ?? false) : false;
}

/** Sensitive wherever one of the marks is: a value must not show before an apply because it is secret only afterwards. */
export function joinMarks(marks: readonly JsonValue[]): JsonValue {
  if (marks.includes(true)) return true;
  const lists = marks.filter(Array.isArray);
  const objects = marks.filter(isJsonObject);
  // A list on one side and an object on the other: the type changed, so that no member can be told apart.
  if (lists.length > 0 && objects.some((mark) => Object.keys(mark).length > 0))
    return hasMark([...lists, ...objects]);
  if (lists.length > 0) {
    const length = Math.max(...lists.map((list) => list.length));
    return Array.from({ length }, (_, index) => joinMarks(lists.map((list) => list[index] ?? false)));
  }
  const joined: JsonObject = {};
  for (const key of new Set(objects.flatMap(Object.keys)))
    joined[key] = joinMarks(objects.map((mark) => mark[key] ?? false));
  return objects.length === 0 ? false : joined;
}

function hasMark(marks: JsonValue): boolean {
  if (Array.isArray(marks)) return marks.some(hasMark);
  if (isJsonObject(marks)) return Object.values(marks).some(hasMark);
  return marks === true;
}

/** The value with `(sensitive)` in every marked place; null stays null, since it tells only that nothing is set. */
export function maskValue(value: JsonValue, mark: JsonValue): JsonValue {
  if (value === null) return null;
  if (isMarked(mark)) return MASK;
  if (Array.isArray(value)) {
    // The elements of a set carry their marks in the order of the value they stand beside, which the other side may not share.
    return value.map((item, index) => maskValue(item, markOf(mark, index)));
  }
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, maskValue(item, markOf(mark, key))]),
  );
}

/** Collects every text and number that a mark covers. */
export function collectMarked(
  value: JsonValue | undefined,
  mark: JsonValue | undefined,
  into: Set<string>,
): void {
  if (value === null || value === undefined || mark === false || mark === undefined || mark === null) return;
  if (Array.isArray(value)) {
    value.forEach((item, index) => collectMarked(item, markOf(mark, index), into));
  } else if (isJsonObject(value)) {
    for (const [key, item] of Object.entries(value)) collectMarked(item, markOf(mark, key), into);
  } else if (isMarked(mark) && typeof value !== 'boolean') {
    into.add(String(value));
  }
}
