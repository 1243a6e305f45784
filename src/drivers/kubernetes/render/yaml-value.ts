import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Alias,
  type Document,
  type Scalar,
  type YAMLMap,
  visit,
} from 'yaml';
import type { JsonObject, JsonValue } from '../../../domain/json.ts';
import { exactText, longNumber } from '../../../kube/exact-numbers.ts';
import { readPlainScalar } from './plain-scalar.ts';

/** What is wrong at a line of a file. */
export interface YamlFault {
  line: number;
  message: string;
}

/** Nodes that a document may gain by its aliases: a few lines of YAML can stand for billions of them. */
const MAX_ALIASED_NODES = 100_000;
const MAX_ALIASES = 1_000;
const TAGS = 'tag:yaml.org,2002:';

/** Makes a reader that turns a document's nodes into JSON and collects what can't be; faults quote keys and no values. */
export function createYamlReader(
  document: Document.Parsed,
  lineAt: (offset: number) => number,
): { read: (node: unknown) => JsonValue; faults: YamlFault[] } {
  const state: State = {
    document,
    lineAt,
    faults: [],
    targets: undefined,
    open: new Set(),
    aliasedLeft: MAX_ALIASED_NODES,
    isExhausted: false,
  };
  return { read: (node) => toJson(state, node), faults: state.faults };
}

interface State {
  document: Document.Parsed;
  lineAt: (offset: number) => number;
  faults: YamlFault[];
  /** Looked for once there is an alias. */
  targets: Map<Alias, unknown> | undefined;
  /** Targets of the aliases that are being read. */
  open: Set<unknown>;
  aliasedLeft: number;
  isExhausted: boolean;
}

function toJson(state: State, node: unknown): JsonValue {
  if (state.open.size > 0 && --state.aliasedLeft < 0) return exhausted(state, node);
  if (isAlias(node)) return aliased(state, node);
  if (isScalar(node)) return scalar(state, node);
  if (isSeq(node)) return node.items.map((item) => toJson(state, item));
  if (isMap(node)) return mapping(state, node);
  return null;
}

function fault(state: State, node: unknown, message: string): null {
  const offset = (node as { range?: [number, number, number] | null } | null)?.range?.[0] ?? 0;
  state.faults.push({ line: state.lineAt(offset), message });
  return null;
}

function exhausted(state: State, node: unknown): null {
  if (state.isExhausted) return null;
  state.isExhausted = true;
  return fault(state, node, 'Aliases make the document far larger than it is written; write it without them');
}

function aliased(state: State, node: Alias): JsonValue {
  state.targets ??= aliasTargets(state.document);
  if (state.targets.size > MAX_ALIASES) return exhausted(state, node);
  const target = state.targets.get(node);
  if (target === undefined)
    return fault(
      state,
      node,
      'There is no anchor before this alias; a text that begins with * has to be written in quotes',
    );
  if (state.open.has(target)) return fault(state, node, 'This alias stands inside its own anchor');
  state.open.add(target);
  const value = toJson(state, target);
  state.open.delete(target);
  return value;
}

/** What each alias of a document stands for: the last node before it with its anchor. */
function aliasTargets(document: Document.Parsed): Map<Alias, unknown> {
  const anchors = new Map<string, unknown>();
  const targets = new Map<Alias, unknown>();
  visit(document, {
    Alias: (_key, alias) => void targets.set(alias, anchors.get(alias.source)),
    Value: (_key, node) => {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

function scalar(state: State, node: Scalar): JsonValue {
  const text = node.source ?? '';
  const tag = node.tag?.startsWith(TAGS) === true ? node.tag.slice(TAGS.length) : node.tag;
  if (tag === 'str' || (tag === undefined && node.type !== 'PLAIN'))
    return exactText(typeof node.value === 'string' ? node.value : text);
  if (tag !== undefined && !['bool', 'int', 'float', 'null'].includes(tag))
    return fault(
      state,
      node,
      'This tag means nothing to Kubernetes; a text that begins with ! has to be written in quotes',
    );
  const read = readPlainScalar(text);
  return 'fault' in read ? fault(state, node, read.fault) : read.value;
}

function mapping(state: State, node: YAMLMap): JsonObject {
  const own = new Map<string, JsonValue>();
  const merged = new Map<string, JsonValue>();
  for (const { key, value } of node.items) {
    if (isMergeKey(key)) {
      for (const [name, inherited] of merges(state, value)) {
        if (own.has(name))
          fault(state, key, `${name} stands before << and would be replaced by it; put << first`);
        if (!merged.has(name)) merged.set(name, inherited);
      }
      continue;
    }
    const name = keyText(state, key);
    if (name === null) continue;
    if (own.has(name)) fault(state, key, `The key ${name} stands there twice; remove one of them`);
    own.set(name, toJson(state, value));
  }
  return Object.fromEntries([...[...merged].filter(([name]) => !own.has(name)), ...own]);
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.type === 'PLAIN' && key.source === '<<';
}

/** Pairs of what `<<` names, those that count first. */
function merges(state: State, node: unknown): [string, JsonValue][] {
  const value = toJson(state, node);
  const sources = Array.isArray(value) ? value : [value];
  return sources.flatMap((source) => {
    if (source !== null && typeof source === 'object' && !Array.isArray(source))
      return Object.entries(source);
    fault(state, node, '<< takes a mapping, or a list of mappings');
    return [];
  });
}

/** A key is a text, or a whole number that is written as it is shown. */
function keyText(state: State, key: unknown): string | null {
  if (isAlias(key)) {
    const value = aliased(state, key);
    return typeof value === 'string'
      ? value
      : fault(state, key, 'This alias is no text, so that it can’t be a key');
  }
  if (!isScalar(key)) return fault(state, key, 'A key has to be a text');
  const value = scalar(state, key);
  const written = key.source ?? '';
  const number = typeof value === 'number' ? String(value) : longNumber(value);
  if (number !== undefined && number === written) return written;
  if (typeof value === 'string' && number === undefined) return value;
  const kind = value === null ? 'null' : `the ${typeof value} ${JSON.stringify(value)}`;
  return fault(state, key, `The key ${written} is read as ${kind}; write it in quotes: "${written}"`);
}
