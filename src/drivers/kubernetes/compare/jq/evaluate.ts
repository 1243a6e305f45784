import type { JsonValue } from '../../../../domain/json.ts';
import { errorCode, PlumblineError } from '../../../../util/errors.ts';
import { childItems, FUNCTIONS, itemBelow, type Evaluation } from './functions.ts';
import { parseJq } from './parse.ts';
import type { Expression, Operator } from './syntax.ts';
import {
  add,
  compare,
  fault,
  isTrue,
  member,
  members,
  slice,
  subtract,
  withoutPaths,
  type Item,
  type Step,
} from './values.ts';

/** Steps of one evaluation: far more than any path over an object takes, and well below a second. */
const MOST_STEPS = 500_000;
const PATTERN_TIMEOUT_MS = 100;

/** An expression that is ready for use. */
export interface PathExpression {
  source: string;
  /**
   * The value without all that the expression chooses, as jq's `del`. `found`: whether it chose anything that is there.
   * @throws PlumblineError `jq_failed` when it fails for this value or chooses what was computed or the value as a whole,
   * `jq_too_long` when it takes too many steps
   */
  remove(value: JsonValue): { value: JsonValue; found: boolean };
}

/**
 * Prepares a jq path expression. Its work is bounded: steps are counted, and patterns are ended after 100 ms.
 * @throws PlumblineError `jq_invalid` for what is no expression or uses what is not supported
 */
export function compilePath(source: string, mostSteps = MOST_STEPS): PathExpression {
  const expression = parseJq(source);
  return {
    source,
    remove(value) {
      const chosen = [...start(expression, value, mostSteps)];
      const paths = chosen.map(({ path }): readonly Step[] => {
        if (!path) throw fault('it chooses what is computed, and not a place in the object');
        if (path.length === 0) throw fault('it chooses the object as a whole');
        return path;
      });
      const found = chosen.some((item) => item.value !== null);
      return { value: paths.length === 0 ? value : withoutPaths(value, paths), found };
    },
  };
}

/** Everything that an expression gives for a value. */
export function evaluateJq(source: string, value: JsonValue): JsonValue[] {
  return [...start(parseJq(source), value, MOST_STEPS)].map((item) => item.value);
}

function start(expression: Expression, value: JsonValue, mostSteps: number): Iterable<Item> {
  let steps = 0;
  const step = (): void => {
    if (++steps > mostSteps)
      throw new PlumblineError(
        'jq_too_long',
        `A jq expression took more than ${mostSteps} steps. Write it so that it looks at fewer places.`,
      );
  };
  return run(expression, { value, path: [] }, { step, variables: new Map() });
}

interface Scope {
  step: () => void;
  variables: ReadonlyMap<string, JsonValue>;
}

function* run(expression: Expression, input: Item, scope: Scope): Iterable<Item> {
  scope.step();
  switch (expression.is) {
    case 'identity':
      return yield input;
    case 'descent':
      return yield* descend(input, scope);
    case 'literal':
      return yield computed(expression.value);
    case 'variable':
      return yield computed(variable(expression.name, scope));
    case 'index':
    case 'slice':
    case 'iterate':
      return yield* navigate(expression, input, scope);
    case 'operator':
      return yield* operate(expression, input, scope);
    case 'list': {
      const items = expression.body ? [...run(expression.body, input, scope)] : [];
      return yield computed(items.map((item) => item.value));
    }
    case 'map':
      return yield computed(Object.fromEntries(memberValues(expression, input, scope)));
    case 'call':
      return yield* call(expression, input, scope);
    default:
      return yield* combine(expression, input, scope);
  }
}

type Kind<Name extends Expression['is']> = Extract<Expression, { is: Name }>;
type Combination = Kind<'try' | 'pipe' | 'comma' | 'alternative' | 'bind' | 'if'>;

function* combine(expression: Combination, input: Item, scope: Scope): Iterable<Item> {
  switch (expression.is) {
    case 'pipe':
      for (const item of run(expression.left, input, scope)) yield* run(expression.right, item, scope);
      return;
    case 'comma':
      yield* run(expression.left, input, scope);
      return yield* run(expression.right, input, scope);
    case 'try':
      return yield* attempt(expression.body, input, scope);
    case 'alternative': {
      const good = [...attempt(expression.left, input, scope)].filter((item) => isTrue(item.value));
      return yield* good.length > 0 ? good : run(expression.right, input, scope);
    }
    case 'bind':
      for (const { value } of run(expression.source, input, scope))
        yield* run(expression.body, input, {
          ...scope,
          variables: new Map([...scope.variables, [expression.name, value]]),
        });
      return;
    case 'if':
      for (const { value } of run(expression.test, input, scope))
        yield* run(isTrue(value) ? expression.whenTrue : expression.otherwise, input, scope);
  }
}

function* navigate(
  expression: Kind<'index' | 'slice' | 'iterate'>,
  input: Item,
  scope: Scope,
): Iterable<Item> {
  for (const item of run(expression.of, input, scope)) {
    if (expression.is === 'iterate') {
      for (const [step, value] of members(item.value)) {
        scope.step();
        yield itemBelow(item, step, value);
      }
    } else if (expression.is === 'index') {
      for (const { value: at } of run(expression.at, input, scope)) {
        const value = member(item.value, at);
        yield itemBelow(item, at as Step, value);
      }
    } else {
      const [from] = expression.from ? run(expression.from, input, scope) : [computed(null)];
      const [to] = expression.to ? run(expression.to, input, scope) : [computed(null)];
      const part = slice(item.value, from?.value ?? null, to?.value ?? null);
      yield itemBelow(item, part.step, part.value);
    }
  }
}

/** Ends quietly where the body fails; what came before stays. Too many steps are never caught. */
function* attempt(body: Expression, input: Item, scope: Scope): Iterable<Item> {
  try {
    yield* run(body, input, scope);
  } catch (error) {
    if (errorCode(error) !== 'jq_failed') throw error;
  }
}

function* descend(input: Item, scope: Scope): Iterable<Item> {
  scope.step();
  yield input;
  for (const child of childItems(input)) yield* descend(child, scope);
}

function* operate({ operator, left, right }: Kind<'operator'>, input: Item, scope: Scope): Iterable<Item> {
  if (operator === 'and' || operator === 'or') {
    for (const { value } of run(left, input, scope)) {
      if (isTrue(value) === (operator === 'or')) yield computed(operator === 'or');
      else for (const other of run(right, input, scope)) yield computed(isTrue(other.value));
    }
    return;
  }
  for (const b of run(right, input, scope))
    for (const a of run(left, input, scope)) yield computed(binary(operator, a.value, b.value));
}

function binary(operator: Exclude<Operator, 'and' | 'or'>, a: JsonValue, b: JsonValue): JsonValue {
  switch (operator) {
    case '+':
      return add(a, b);
    case '-':
      return subtract(a, b);
    case '==':
      return compare(a, b) === 0;
    case '!=':
      return compare(a, b) !== 0;
    case '<':
      return compare(a, b) < 0;
    case '<=':
      return compare(a, b) <= 0;
    case '>':
      return compare(a, b) > 0;
    case '>=':
      return compare(a, b) >= 0;
  }
}

function memberValues({ members: list }: Kind<'map'>, input: Item, scope: Scope): [string, JsonValue][] {
  return list.map(([key, body]) => {
    const [name] = run(key, input, scope);
    const [value] = run(body, input, scope);
    if (typeof name?.value !== 'string') throw fault('a key is a text');
    return [name.value, value?.value ?? null];
  });
}

function call({ name, args }: Kind<'call'>, input: Item, scope: Scope): Iterable<Item> {
  const evaluation: Evaluation = {
    run: (expression, item) => run(expression, item, scope),
    step: scope.step,
    patternTimeoutMs: PATTERN_TIMEOUT_MS,
  };
  return FUNCTIONS.get(`${name}/${args.length}`)!(args, input, evaluation);
}

function variable(name: string, { variables }: Scope): JsonValue {
  const value = variables.get(name);
  if (value === undefined) throw fault(`${name} is not set`);
  return value;
}

function computed(value: JsonValue): Item {
  return { value, path: null };
}
