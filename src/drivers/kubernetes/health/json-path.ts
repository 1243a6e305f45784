import { isJsonObject, type JsonValue } from '../../../domain/json.ts';

/** One step of a path: from each value it was reached with to those that it leads to. */
type Step =
  | { kind: 'member'; name: string }
  | { kind: 'index'; index: number }
  | { kind: 'all' }
  | { kind: 'filter'; path: Step[]; operator: '==' | '!=' | null; wanted: JsonValue };

/** A path that was understood. */
export type JsonPath = readonly Step[];

/** A path that is not understood, with what is wrong. */
export class JsonPathError extends Error {}

/**
 * Reads a path as kubectl writes them (https://kubernetes.io/docs/reference/kubectl/jsonpath/), without its templates:
 * `{.status.phase}` or `.status.conditions[?(@.type=="Ready")].status`, with members, `['quoted']` ones, indexes (negative
 * from the end), `[*]`, and filters that compare with `==` or `!=` or ask whether something is there.
 * @throws JsonPathError
 */
export function parseJsonPath(text: string): JsonPath {
  const inner = /^\{(.*)\}$/s.exec(text.trim())?.[1] ?? text.trim();
  const path = inner.startsWith('$') ? inner.slice(1) : inner;
  if (path === '') throw new JsonPathError('it is empty');
  const reader = new Reader(path.startsWith('.') || path.startsWith('[') ? path : `.${path}`);
  const steps = reader.steps();
  if (!reader.atEnd) throw new JsonPathError(`${reader.rest} is not understood`);
  return steps;
}

/** All values that a path leads to. */
export function valuesAt(value: JsonValue, path: JsonPath): JsonValue[] {
  let values: JsonValue[] = [value];
  for (const step of path) values = values.flatMap((here) => next(here, step));
  return values;
}

function next(value: JsonValue, step: Step): JsonValue[] {
  switch (step.kind) {
    case 'member':
      return isJsonObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]!] : [];
    case 'index':
      return Array.isArray(value) && value.at(step.index) !== undefined ? [value.at(step.index)!] : [];
    case 'all':
      if (Array.isArray(value)) return value;
      return isJsonObject(value) ? Object.values(value) : [];
    case 'filter':
      return Array.isArray(value) ? value.filter((item) => fits(item, step)) : [];
  }
}

function fits(item: JsonValue, { path, operator, wanted }: Extract<Step, { kind: 'filter' }>): boolean {
  const found = valuesAt(item, path);
  if (operator === null) return found.length > 0;
  const equal = found.some((value) => value === wanted);
  return operator === '==' ? equal : found.length > 0 && !equal;
}

const MEMBER = /^\.([\w-]|\\.)+/;
const QUOTED = /^\[\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*\]/;
const INDEX = /^\[\s*(-?\d{1,9})\s*\]/;
const ALL = /^(\[\s*\*\s*\]|\.\*)/;
const FILTER_START = /^\[\s*\?\s*\(\s*@/;
const FILTER_END = /^\s*(?:(==|!=)\s*(?:'([^']*)'|"([^"]*)"|(-?\d+(?:\.\d+)?)|(true|false)))?\s*\)\s*\]/;

class Reader {
  rest: string;

  constructor(text: string) {
    this.rest = text;
  }

  get atEnd(): boolean {
    return this.rest === '';
  }

  /** All steps from here, up to what is none. */
  steps(): Step[] {
    const steps: Step[] = [];
    for (let step = this.#step(); step !== null; step = this.#step()) steps.push(step);
    return steps;
  }

  #step(): Step | null {
    if (this.#take(ALL) !== null) return { kind: 'all' };
    const member = this.#take(MEMBER);
    if (member !== null) return { kind: 'member', name: unescaped(member[0].slice(1)) };
    const quoted = this.#take(QUOTED);
    if (quoted !== null) return { kind: 'member', name: unescaped(quoted[1] ?? quoted[2] ?? '') };
    const index = this.#take(INDEX);
    if (index !== null) return { kind: 'index', index: Number(index[1]) };
    return this.#take(FILTER_START) === null ? null : this.#filter();
  }

  #filter(): Step {
    const path = this.steps();
    const end = this.#take(FILTER_END);
    if (end === null) throw new JsonPathError(`the filter is not understood at ${this.rest || 'its end'}`);
    const [, operator, single, double, number, flag] = end;
    const text = single ?? double;
    const wanted =
      number === undefined ? (flag === undefined ? (text ?? null) : flag === 'true') : Number(number);
    return { kind: 'filter', path, operator: (operator as '==' | '!=' | undefined) ?? null, wanted };
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    const match = pattern.exec(this.rest);
    if (match !== null) this.rest = this.rest.slice(match[0].length);
    return match;
  }
}

function unescaped(name: string): string {
  return name.replaceAll(/\\(.)/g, '$1');
}
