import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/json.ts';

/** The mark of a member of a marked value. A mark of another shape than a list or object names no single member. */
export function markOf(mark: JsonValue, key: string | number): JsonValue {
  if (mark === true) return true;
  if (typeof key === 'number') return Array.isArray(mark) ? (mark[key] ?? false) : hasMark(mark);
  if (Array.isArray(mark)) return hasMark(mark);
  return isJsonObject(mark) && Object.hasOwn(mark, key) ? mark[key]! : false;
}

/** Sensitive wherever one of the marks is: a value must not show before an apply because it is secret only afterwards. */
export function joinMarks(marks: readonly JsonValue[]): JsonValue {
  const set = marks.filter(hasMark);
  if (set.length === 0) return false;
  if (set.includes(true)) return true;
  const lists = set.filter(Array.isArray);
  if (lists.length === set.length) {
    const length = Math.max(...lists.map((list) => list.length));
    return Array.from({ length }, (_, index) => joinMarks(lists.map((list) => list[index] ?? false)));
  }
  // A list on one side and an object on the other: the type changed, and no member can be told apart.
  if (lists.length > 0) return true;
  const objects = set.filter(isJsonObject);
  const joined: JsonObject = {};
  for (const key of new Set(objects.flatMap(Object.keys))) {
    joined[key] = joinMarks(objects.map((mark) => (Object.hasOwn(mark, key) ? mark[key]! : false)));
  }
  return joined;
}

/** Whether anything is marked at all. */
export function hasMark(mark: JsonValue): boolean {
  if (Array.isArray(mark)) return mark.some(hasMark);
  return isJsonObject(mark) ? Object.values(mark).some(hasMark) : mark === true;
}

/** Collects every text and number that a mark covers. */
export function collectMarked(
  value: JsonValue | undefined,
  mark: JsonValue | undefined,
  into: Set<string>,
): void {
  if (value === null || value === undefined || mark === undefined || !hasMark(mark)) return;
  if (Array.isArray(value)) value.forEach((item, index) => collectMarked(item, markOf(mark, index), into));
  else if (isJsonObject(value))
    for (const [key, item] of Object.entries(value)) collectMarked(item, markOf(mark, key), into);
  else if (typeof value !== 'boolean') into.add(String(value));
}

/** Stands for every value that must not be shown. */
export const SENSITIVE = '(sensitive)';

/**
 * A copy with everything masked that the mark covers. A value that is null stays null: its absence is no secret.
 * Where the mark is of another shape than the value (a set's), everything below is masked.
 */
export function maskSensitive(value: JsonValue, mark: JsonValue): JsonValue {
  if (value === null || !hasMark(mark)) return value;
  if (mark === true) return SENSITIVE;
  if (Array.isArray(value)) return value.map((item, index) => maskSensitive(item, markOf(mark, index)));
  if (!isJsonObject(value)) return SENSITIVE;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, maskSensitive(item, markOf(mark, key))]),
  );
}
