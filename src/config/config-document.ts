import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
} from 'yaml';
import type { ConfigFault } from './config-error.ts';
import { formatPath, type ConfigPath, type ConfigProblem } from './problem.ts';

/** A config file that was read: its value, its faults as YAML, and where everything stands. */
export interface ConfigDocument {
  /** The file's value; keys without a value are left out, as Go leaves them at their defaults. */
  value: unknown;
  /** Faults of the YAML itself. */
  faults: ConfigFault[];
  /** Whether the value is worth checking although there are faults. */
  usable: boolean;
  /** A problem with its place in the file. */
  locate(problem: ConfigProblem): ConfigFault;
}

/** Reads YAML and keeps the positions. Never throws. */
export function readConfigDocument(source: string): ConfigDocument {
  const lines = new LineCounter();
  const doc = parseDocument(source, { lineCounter: lines, merge: true, prettyErrors: false });
  const faults = doc.errors.map((error): ConfigFault => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { path: '', line, column: col, message: yamlMessage(error.code, error.message) };
  });
  let value: unknown;
  try {
    value = withoutNulls(doc.toJS({ maxAliasCount: 100 }) as unknown) ?? {};
  } catch (error) {
    faults.push({
      path: '',
      line: 1,
      column: 1,
      message: error instanceof Error ? error.message : String(error),
    });
  }
  const usable = value !== undefined && doc.errors.every((error) => error.code === 'DUPLICATE_KEY');
  return { value, faults, usable, locate: (problem) => locate(doc, lines, problem) };
}

/** A value that no file stands behind. */
export function inlineConfigDocument(value: unknown): ConfigDocument {
  return {
    value: withoutNulls(value) ?? {},
    faults: [],
    usable: true,
    locate: (problem) => fault(problem, { line: 0, col: 0 }),
  };
}

function yamlMessage(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'this key stands here twice';
  if (code === 'TAB_AS_INDENT') return 'indent with spaces, not with tabs';
  return `this is not YAML: ${message}`;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => (item === null ? null : withoutNulls(item)));
  if (typeof value !== 'object' || value === null) return value === null ? undefined : value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([key, member]) => [key, withoutNulls(member)]),
  );
}

function fault(problem: ConfigProblem, place: { line: number; col: number }): ConfigFault {
  return {
    path: formatPath(problem.path),
    line: place.line,
    column: place.col,
    message: problem.message,
    ...(problem.suggestion === undefined ? {} : { suggestion: problem.suggestion }),
  };
}

/** The place of the value, or of its key; where there is none, of the nearest thing above it. */
function locate(doc: Document, lines: LineCounter, problem: ConfigProblem): ConfigFault {
  let node: Node | undefined = isNode(doc.contents) ? doc.contents : undefined;
  let offset = node?.range?.[0] ?? 0;
  for (const [index, step] of problem.path.entries()) {
    const next = childOf(resolveAlias(doc, node), step);
    if (next === undefined) break;
    const last = index === problem.path.length - 1;
    offset =
      ((last && problem.atKey) || next.value === undefined ? next.key : next.value)?.range?.[0] ??
      next.key?.range?.[0] ??
      offset;
    node = next.value;
  }
  return fault(problem, lines.linePos(offset));
}

function resolveAlias(doc: Document, node: Node | undefined): Node | undefined {
  return isAlias(node) ? node.resolve(doc) : node;
}

function childOf(node: Node | undefined, step: ConfigPath[number]): { key?: Node; value?: Node } | undefined {
  if (isSeq(node)) {
    const item = typeof step === 'number' ? node.items[step] : undefined;
    return isNode(item) ? { value: item } : undefined;
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
  if (pair === undefined) return undefined;
  return {
    ...(isNode(pair.key) ? { key: pair.key } : {}),
    ...(isNode(pair.value) ? { value: pair.value } : {}),
  };
}
