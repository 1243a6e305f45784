import { createContext, Script } from 'node:vm';
import { isJsonObject, type JsonValue } from '../../../../domain/json.ts';
import type { Expression } from './syntax.ts';
import { contains, fault, isTrue, member, members, typeName, type Item, type Step } from './values.ts';

/** What a function may use of the evaluation that calls it. */
export interface Evaluation {
  run: (expression: Expression, input: Item) => Iterable<Item>;
  /** Counts work; throws when there was too much. */
  step: () => void;
  /** How long one match of a pattern may take, in ms. */
  patternTimeoutMs: number;
}

type JqFunction = (args: readonly Expression[], input: Item, evaluation: Evaluation) => Iterable<Item>;

const computed = (value: JsonValue): Item => ({ value, path: null });

/** A function of the input's value alone. */
function ofValue(of: (value: JsonValue) => JsonValue): JqFunction {
  return function* (_, { value }) {
    yield computed(of(value));
  };
}

/** A function of the input and one argument, for each value that the argument has. */
function ofArgument(
  of: (value: JsonValue, argument: JsonValue, evaluation: Evaluation) => JsonValue,
): JqFunction {
  return function* ([argument], input, evaluation) {
    for (const { value } of evaluation.run(argument!, input))
      yield computed(of(input.value, value, evaluation));
  };
}

/** Lets the input pass where a test of its value holds. */
function selector(test: (value: JsonValue) => boolean): JqFunction {
  return function* (_, input) {
    if (test(input.value)) yield input;
  };
}

function* select([test]: readonly Expression[], input: Item, { run }: Evaluation): Iterable<Item> {
  for (const { value } of run(test!, input)) if (isTrue(value)) yield input;
}

/** Without recursion, so that an endless one ends by its steps and not by the size of the stack. */
function* recurse([body]: readonly Expression[], input: Item, evaluation: Evaluation): Iterable<Item> {
  const open: Iterator<Item>[] = [[input][Symbol.iterator]()];
  while (open.length > 0) {
    evaluation.step();
    const next = open.at(-1)!.next();
    if (next.done === true) {
      open.pop();
      continue;
    }
    yield next.value;
    const below = body ? evaluation.run(body, next.value) : childItems(next.value);
    open.push(below[Symbol.iterator]());
  }
}

/** The values directly below an item; none of a text or number. */
export function childItems(input: Item): Item[] {
  if (typeof input.value !== 'object' || input.value === null) return [];
  return members(input.value).map(([step, value]) => itemBelow(input, step, value));
}

/** An item one step below another. */
export function itemBelow(input: Item, step: Step, value: JsonValue): Item {
  return { value, path: input.path && [...input.path, step] };
}

function* getPath([path]: readonly Expression[], input: Item, { run }: Evaluation): Iterable<Item> {
  for (const { value } of run(path!, input)) {
    if (!Array.isArray(value)) throw fault('a path is a list');
    yield value.reduce<Item>((at, step) => {
      if (typeof step !== 'string' && typeof step !== 'number') throw fault('a path has names and positions');
      return itemBelow(at, step, member(at.value, step));
    }, input);
  }
}

function* pathsOf(body: Expression, input: Item, { run }: Evaluation): Iterable<JsonValue[]> {
  for (const { path } of run(body, { value: input.value, path: [] })) {
    if (!path) throw fault('this is no path');
    yield path.map((step): JsonValue => (typeof step === 'object' ? { ...step } : step));
  }
}

function* first([body]: readonly Expression[], input: Item, { run }: Evaluation): Iterable<Item> {
  for (const item of run(body!, input)) return void (yield item);
}

function* last([body]: readonly Expression[], input: Item, { run }: Evaluation): Iterable<Item> {
  const items = [...run(body!, input)];
  if (items.length > 0) yield items.at(-1)!;
}

/** `any` and `all`, over the input's members or those that a generator gives. */
function quantifier(wanted: boolean): JqFunction {
  return function* (args, input, { run }) {
    const [generator, test] = args.length === 2 ? args : [undefined, args[0]];
    const items = generator
      ? run(generator, input)
      : members(input.value).map(([, value]) => computed(value));
    for (const item of items)
      for (const { value } of test ? run(test, item) : [item])
        if (isTrue(value) === wanted) return void (yield computed(wanted));
    yield computed(!wanted);
  };
}

function* map([body]: readonly Expression[], input: Item, { run }: Evaluation): Iterable<Item> {
  yield computed(
    members(input.value).flatMap(([, value]) => [...run(body!, computed(value))].map((item) => item.value)),
  );
}

function lengthOf(value: JsonValue): number {
  if (value === null) return 0;
  if (typeof value === 'string') return Array.from(value).length;
  if (typeof value === 'number') return Math.abs(value);
  if (typeof value === 'boolean') throw fault('boolean has no length');
  return Object.keys(value).length;
}

function text(value: JsonValue): string {
  if (typeof value !== 'string') throw fault(`${typeName(value)} is no text`);
  return value;
}

function has(value: JsonValue, key: JsonValue): boolean {
  if (isJsonObject(value) && typeof key === 'string') return Object.hasOwn(value, key);
  if (Array.isArray(value) && typeof key === 'number') return key >= 0 && key < value.length;
  throw fault(`whether ${typeName(value)} has ${typeName(key)} can't be said`);
}

/** The one place where work can't be counted: the engine itself ends a pattern that takes too long. */
function matches(value: JsonValue, pattern: JsonValue, flags: string, timeoutMs: number): boolean {
  const sandbox = createContext({ pattern: text(pattern), flags, value: text(value) });
  try {
    return new Script('new RegExp(pattern, flags).test(value)').runInContext(sandbox, {
      timeout: timeoutMs,
    }) as boolean;
  } catch {
    throw fault('the pattern is not valid, or takes too long');
  }
}

function* test(args: readonly Expression[], input: Item, evaluation: Evaluation): Iterable<Item> {
  for (const pattern of evaluation.run(args[0]!, input)) {
    const flags = args[1] ? text([...evaluation.run(args[1], input)][0]?.value ?? '') : '';
    if (/[^ix]/.test(flags) || flags.includes('x')) throw fault('only the flag i is supported');
    yield computed(matches(input.value, pattern.value, flags + 'u', evaluation.patternTimeoutMs));
  }
}

function entries(value: JsonValue): JsonValue[] {
  if (!isJsonObject(value)) throw fault(`${typeName(value)} has no entries`);
  return Object.entries(value).map(([key, member]) => ({ key, value: member }));
}

const isContainer = (value: JsonValue): boolean => typeof value === 'object' && value !== null;

/** The functions that may be called, by name and number of arguments. */
export const FUNCTIONS: ReadonlyMap<string, JqFunction> = new Map<string, JqFunction>([
  ['empty/0', () => []],
  ['select/1', select],
  ['recurse/0', recurse],
  ['recurse/1', recurse],
  ['getpath/1', getPath],
  ['first/1', first],
  ['last/1', last],
  ['any/0', quantifier(true)],
  ['any/1', quantifier(true)],
  ['any/2', quantifier(true)],
  ['all/0', quantifier(false)],
  ['all/1', quantifier(false)],
  ['all/2', quantifier(false)],
  ['map/1', map],
  ['test/1', test],
  ['test/2', test],
  [
    'path/1',
    function* ([body], input, evaluation) {
      for (const path of pathsOf(body!, input, evaluation)) yield computed(path);
    },
  ],
  [
    'paths/0',
    function* (_, input, evaluation) {
      for (const path of pathsOf({ is: 'descent' }, input, evaluation))
        if (path.length > 0) yield computed(path);
    },
  ],
  ['not/0', ofValue((value) => !isTrue(value))],
  ['length/0', ofValue(lengthOf)],
  ['type/0', ofValue(typeName)],
  [
    'keys/0',
    ofValue((value) =>
      members(value)
        .map(([step]) => step as string | number)
        .sort((a, b) => (a < b ? -1 : 1)),
    ),
  ],
  ['to_entries/0', ofValue(entries)],
  ['tostring/0', ofValue((value) => (typeof value === 'string' ? value : JSON.stringify(value)))],
  ['ascii_downcase/0', ofValue((value) => text(value).replaceAll(/[A-Z]/g, (c) => c.toLowerCase()))],
  ['has/1', ofArgument(has)],
  ['contains/1', ofArgument(contains)],
  ['inside/1', ofArgument((value, whole) => contains(whole, value))],
  ['startswith/1', ofArgument((value, start) => text(value).startsWith(text(start)))],
  ['endswith/1', ofArgument((value, end) => text(value).endsWith(text(end)))],
  ['split/1', ofArgument((value, by) => text(value).split(text(by)))],
  ['values/0', selector((value) => value !== null)],
  ['nulls/0', selector((value) => value === null)],
  ['strings/0', selector((value) => typeof value === 'string')],
  ['numbers/0', selector((value) => typeof value === 'number')],
  ['booleans/0', selector((value) => typeof value === 'boolean')],
  ['arrays/0', selector(Array.isArray)],
  ['objects/0', selector(isJsonObject)],
  ['iterables/0', selector(isContainer)],
  ['scalars/0', selector((value) => !isContainer(value))],
]);
