import { isJsonObject, type JsonValue } from '../../../domain/json.ts';

/**
 * Whether two JSON values are the same, whatever the order of their keys: as `sameJson`, without writing either of them down,
 * because a plan asks it of every object.
 */
export function sameValue(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  let count = 0;
  for (const name in a) {
    count++;
    if (!Object.hasOwn(b, name) || !sameValue(a[name], b[name])) return false;
  }
  return count === Object.keys(b).length;
}
