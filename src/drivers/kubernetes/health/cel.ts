import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { isJsonObject, type JsonValue } from '../../../domain/json.ts';
import type { KubeObject } from '../../../kube/object.ts';

/** An expression that was understood: true, false, or what kept it from being either. */
export type CelPredicate = (object: KubeObject) => { value: boolean } | { error: string };

/** An expression that is not understood or not allowed, with what is wrong. */
export class CelError extends Error {}

/** The language as Kubernetes and Flux have it: optional fields (`.?`), and lists and maps of mixed values. */
const ENVIRONMENT = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  enableOptionalTypes: true,
  limits: { maxAstNodes: 1000, maxDepth: 40, maxListElements: 100, maxMapEntries: 100 },
});

/** How often the innermost loop of an expression may turn. */
const MAX_TURNS = 1_000_000;

/**
 * Reads an expression of the Common Expression Language (https://cel.dev) about an object, whose top-level fields are its
 * variables, as in Flux's `healthCheckExprs`. Expressions come from repositories, so those that could keep a worker busy are
 * refused: functions without a bound, and loops within loops over lists that are too long for it.
 * @throws CelError
 */
export function compileCel(expression: string): CelPredicate {
  const program = parsed(expression);
  const depth = loopDepth(program.ast);
  const checked = program.check();
  if (!checked.valid) throw new CelError(firstLine(checked.error));
  if (checked.type !== 'bool' && checked.type !== 'dyn') {
    throw new CelError(`it gives a ${checked.type}; it has to give true or false`);
  }
  return (object) => {
    if (longest(object) ** depth > MAX_TURNS)
      return { error: 'the lists of the object are too long for its loops' };
    try {
      const value: unknown = program(celValue(object));
      return typeof value === 'boolean' ? { value } : { error: `it gave a ${typeof value}` };
    } catch (error) {
      return { error: firstLine(error) };
    }
  };
}

function parsed(expression: string): ReturnType<Environment['parse']> {
  if (expression.trim() === '') throw new CelError('it is empty');
  try {
    return ENVIRONMENT.parse(expression);
  } catch (error) {
    throw new CelError(firstLine(error));
  }
}

/** The library's messages show the place in further lines. */
function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0]!;
}

/** JSON as CEL sees what Kubernetes sends: whole numbers are ints. */
function celValue(value: JsonValue): Record<string, unknown> {
  return convert(value) as Record<string, unknown>;
}

function convert(value: JsonValue): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(convert);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, convert(member)]));
}

const LOOPS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'existsOne', 'map', 'filter']);

/** What could take or make any amount of time and memory: patterns with backtracking, texts as lists, doubled values. */
const REFUSED: ReadonlySet<string> = new Set(['matches', 'split', 'bind']);

/** How many loops stand within each other, at most. @throws CelError for a function that is refused */
function loopDepth(node: ASTNode): number {
  if (node.op !== 'rcall' && node.op !== 'call') return deepest(nodesIn(node.args));
  const name = node.args[0];
  if (REFUSED.has(name)) throw new CelError(`the function ${name} can't be used here`);
  if (node.op === 'call') return deepest(node.args[1]);
  const [, receiver, args] = node.args;
  const isLoop = LOOPS.has(name) && args.length > 1;
  return Math.max(loopDepth(receiver), deepest(args) + (isLoop ? 1 : 0));
}

function deepest(nodes: readonly ASTNode[]): number {
  return nodes.reduce((depth, node) => Math.max(depth, loopDepth(node)), 0);
}

function nodesIn(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(nodesIn);
  const isNode = typeof args === 'object' && args !== null && 'op' in args && 'args' in args;
  return isNode ? [args as ASTNode] : [];
}

/** The longest list or map in a value. */
function longest(value: JsonValue): number {
  if (value === null || typeof value !== 'object') return 0;
  const members = Object.values(value);
  return members.reduce((length: number, member) => Math.max(length, longest(member)), members.length);
}
