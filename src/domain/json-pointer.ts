import { isJsonObject, type JsonObject, type JsonValue } from './json.ts';

/** A JSON pointer (RFC 6901) of these segments; no segments is the whole value (``). */
export function formatPointer(segments: readonly (string | number)[]): string {
  return segments
    .map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

/** The segments of a JSON pointer; a text without a leading `/` is taken as one segment. */
export function parsePointer(pointer: string): string[] {
  if (pointer === '') return [];
  const body = pointer.startsWith('/') ? pointer.slice(1) : pointer;
  return body.split('/').map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value at these segments, or undefined when there is none. */
export function valueAt(value: JsonValue, segments: readonly string[]): JsonValue | undefined {
  let here: JsonValue | undefined = value;
  for (const segment of segments) {
    if (Array.isArray(here)) here = /^(0|[1-9]\d*)$/.test(segment) ? here[Number(segment)] : undefined;
    else if (isJsonObject(here)) here = Object.hasOwn(here, segment) ? here[segment] : undefined;
    else return undefined;
  }
  return here;
}

/** Whether a pointer pattern covers a pointer: the same place or one above it; a segment `*` stands for any one segment. */
export function pointerCovers(pattern: readonly string[], pointer: readonly string[]): boolean {
  return (
    pattern.length <= pointer.length &&
    pattern.every((part, index) => part === '*' || part === pointer[index])
  );
}

/**
 * A copy without the members that the pattern names. Members of objects vanish; items of lists become null,
 * so that the positions of the others stay. What isn't there is no fault.
 */
export function withoutPointer(value: JsonValue, pattern: readonly string[]): JsonValue {
  const [head, ...rest] = pattern;
  if (head === undefined) return null;
  if (Array.isArray(value)) {
    return value.map((item, index) =>
      head === '*' || head === String(index) ? withoutPointer(item, rest) : item,
    );
  }
  if (!isJsonObject(value)) return value;
  const copy: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    if (head !== '*' && head !== key) copy[key] = member;
    else if (rest.length > 0) copy[key] = withoutPointer(member, rest);
  }
  return copy;
}
