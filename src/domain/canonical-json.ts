import type { JsonValue } from './json.ts';

/**
 * The one text of a JSON value: keys sorted by UTF-16 code units, list order kept, no spaces, numbers as ECMAScript
 * writes them (so 1.0 and 1 are the same text, -0 is 0). Equal values have equal texts on every machine.
 * Follows RFC 8785. Members that are undefined are left out.
 * @throws TypeError for what JSON can't hold (NaN, infinity, functions, bigint)
 */
export function canonicalJson(value: JsonValue): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`JSON can't hold the number ${value}`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value !== 'object') throw new TypeError(`JSON can't hold a ${typeof value}`);
  const members = Object.keys(value)
    .sort()
    .filter((key) => value[key] !== undefined)
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key]!)}`);
  return `{${members.join(',')}}`;
}

/** Whether two JSON values are the same, whatever the order of their keys. */
export function sameJson(a: JsonValue, b: JsonValue): boolean {
  return a === b || canonicalJson(a) === canonicalJson(b);
}
