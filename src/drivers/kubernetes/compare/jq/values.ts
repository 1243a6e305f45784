import { canonicalJson } from '../../../../domain/canonical-json.ts';
import { isJsonObject, type JsonValue } from '../../../../domain/json.ts';
import { PlumblineError } from '../../../../util/errors.ts';

/** One step of a path: a member, a position, or a part of a list. */
export type Step = string | number | { start: number; end: number };

/** A value, and where it stands in the input; `path` is null for what was computed. */
export interface Item {
  value: JsonValue;
  path: readonly Step[] | null;
}

/** An error of the expression for this input: `?` and `try` catch it. */
export function fault(what: string): PlumblineError {
  return new PlumblineError('jq_failed', `The jq expression can't be evaluated for this object: ${what}`);
}

/** jq's name of a value's type. */
export function typeName(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

/** Everything but null and false. */
export function isTrue(value: JsonValue): boolean {
  return value !== null && value !== false;
}

const RANKS = ['null', 'boolean', 'number', 'string', 'array', 'object'];

/** jq's order of values: by type, then by value. */
export function compare(a: JsonValue, b: JsonValue): number {
  const rank = RANKS.indexOf(typeName(a)) - RANKS.indexOf(typeName(b));
  if (rank !== 0) return rank;
  if (Array.isArray(a) && Array.isArray(b)) return compareLists(a, b);
  if (isJsonObject(a) && isJsonObject(b)) {
    const keys = compareLists(Object.keys(a).sort(), Object.keys(b).sort());
    if (keys !== 0) return keys;
    const names = Object.keys(a).sort();
    return compareLists(
      names.map((name) => a[name]!),
      names.map((name) => b[name]!),
    );
  }
  if (a === b) return 0;
  return a! < b! ? -1 : 1;
}

function compareLists(a: readonly JsonValue[], b: readonly JsonValue[]): number {
  const differs = a.findIndex((item, index) => index >= b.length || compare(item, b[index]!) !== 0);
  if (differs < 0) return a.length - b.length;
  return differs >= b.length ? 1 : compare(a[differs]!, b[differs]!);
}

/** `+` of jq. */
export function add(a: JsonValue, b: JsonValue): JsonValue {
  if (a === null) return b;
  if (b === null) return a;
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (typeof a === 'string' && typeof b === 'string') return a + b;
  if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  if (isJsonObject(a) && isJsonObject(b))
    return Object.fromEntries([...Object.entries(a), ...Object.entries(b)]);
  throw fault(`${typeName(a)} and ${typeName(b)} can't be added`);
}

/** `-` of jq. */
export function subtract(a: JsonValue, b: JsonValue): JsonValue {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (Array.isArray(a) && Array.isArray(b)) {
    const gone = new Set(b.map((item) => canonicalJson(item)));
    return a.filter((item) => !gone.has(canonicalJson(item)));
  }
  throw fault(`${typeName(b)} can't be subtracted from ${typeName(a)}`);
}

/** `contains` of jq: parts of texts, items of lists, members of maps. */
export function contains(whole: JsonValue, part: JsonValue): boolean {
  if (typeof whole === 'string' && typeof part === 'string') return whole.includes(part);
  if (Array.isArray(whole) && Array.isArray(part))
    return part.every((wanted) =>
      whole.some((item) => typeName(item) === typeName(wanted) && contains(item, wanted)),
    );
  if (isJsonObject(whole) && isJsonObject(part))
    return Object.entries(part).every(
      ([name, wanted]) =>
        Object.hasOwn(whole, name) &&
        typeName(whole[name]!) === typeName(wanted) &&
        contains(whole[name]!, wanted),
    );
  if (typeName(whole) !== typeName(part))
    throw fault(`${typeName(whole)} and ${typeName(part)} can't be compared by contains`);
  return compare(whole, part) === 0;
}

/** The value one step below; null where there is none. */
export function member(value: JsonValue, step: JsonValue | Step): JsonValue {
  if (value === null) return null;
  if (isJsonObject(value) && typeof step === 'string')
    return Object.hasOwn(value, step) ? value[step]! : null;
  if (Array.isArray(value) && typeof step === 'number') return value.at(Math.trunc(step)) ?? null;
  throw fault(`${typeName(value)} has no ${typeof step === 'string' ? 'members' : 'positions'}`);
}

/** All values directly below, with the step to each. */
export function members(value: JsonValue): (readonly [Step, JsonValue])[] {
  if (Array.isArray(value)) return value.map((item, index) => [index, item] as const);
  if (isJsonObject(value)) return Object.entries(value);
  throw fault(`${typeName(value)} can't be iterated over`);
}

/** A part of a list or text; `from` and `to` count from the end when negative. */
export function slice(value: JsonValue, from: JsonValue, to: JsonValue): { value: JsonValue; step: Step } {
  if (value === null) return { value: null, step: { start: 0, end: 0 } };
  if (!Array.isArray(value) && typeof value !== 'string') throw fault(`${typeName(value)} has no parts`);
  if ((from !== null && typeof from !== 'number') || (to !== null && typeof to !== 'number'))
    throw fault('parts are given by numbers');
  const bound = (at: number): number => Math.min(Math.max(at < 0 ? value.length + at : at, 0), value.length);
  const start = Math.floor(bound(from ?? 0));
  const end = Math.max(start, Math.ceil(bound(to ?? value.length)));
  return { value: value.slice(start, end), step: { start, end } };
}

/** A copy without what stands at the paths. What isn't there is no fault. */
export function withoutPaths(value: JsonValue, paths: readonly (readonly Step[])[]): JsonValue {
  const deeper = paths.filter((path) => path.length > 1);
  const here = paths.filter((path) => path.length === 1).map((path) => path[0]!);
  const below = (step: Step): (readonly Step[])[] =>
    deeper.filter((path) => path[0] === step).map((path) => path.slice(1));
  if (Array.isArray(value)) return withoutItems(value, here, deeper);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !here.includes(name))
      .map(([name, item]) => [name, withoutPaths(item, below(name))]),
  );
}

function withoutItems(
  list: readonly JsonValue[],
  here: readonly Step[],
  deeper: readonly (readonly Step[])[],
): JsonValue[] {
  const position = (step: number): number => (step < 0 ? list.length + step : step);
  const covers = (step: Step, index: number): boolean =>
    typeof step === 'number'
      ? position(step) === index
      : typeof step === 'object' && step.start <= index && index < step.end;
  return list.flatMap((item, index) => {
    if (here.some((step) => covers(step, index))) return [];
    // Below a part of a list, positions count from its beginning.
    const below = deeper.flatMap(([step, ...rest]): (readonly Step[])[] => {
      if (!covers(step!, index)) return [];
      if (typeof step !== 'object') return [rest];
      const [first, ...others] = rest;
      return typeof first === 'number' && first === index - step.start ? [others] : [];
    });
    if (below.some((path) => path.length === 0)) return [];
    return [below.length === 0 ? item : withoutPaths(item, below)];
  });
}
