import { matchesGlob } from '../../../domain/glob.ts';
import { parsePointer, valueAt } from '../../../domain/json-pointer.ts';
import type { JsonObject } from '../../../domain/json.ts';
import { objectAddress, objectId, type KubeObject } from '../../../kube/object.ts';
import { errorCode, PlumblineError } from '../../../util/errors.ts';
import { compilePath, type PathExpression } from './jq/evaluate.ts';
import { withoutPaths } from './jq/values.ts';
import { managedEntries, type ManagedEntry } from './managed-fields.ts';
import { withoutManaged } from './without-managed.ts';

/**
 * One entry of Argo CD's `ignoreDifferences`. `group` and `kind` are globs; an empty group is the core group alone. Without
 * `name` or `namespace`: any. Source: Argo CD's user guide, "Diff Customization".
 */
export interface IgnoreDifferencesRule {
  group?: string;
  kind: string;
  name?: string;
  namespace?: string;
  jsonPointers?: readonly string[];
  jqPathExpressions?: readonly string[];
  /** Managers whose fields are theirs, whatever Git says. */
  managedFieldsManagers?: readonly string[];
}

/** Rules that are ready for use. */
export interface IgnoreDifferences {
  readonly rules: readonly CompiledRule[];
}

interface CompiledRule {
  rule: IgnoreDifferencesRule;
  pointers: readonly (readonly string[])[];
  expressions: readonly PathExpression[];
}

/** Two versions of an object without what is ignored. */
export interface IgnoredPair {
  live: KubeObject;
  wanted: KubeObject;
  /** Positions of the rules that found something to take away. */
  matched: number[];
  /** What went wrong with an expression, without values; the object stays as it is there. */
  problems: string[];
}

/**
 * Prepares rules.
 * @throws PlumblineError `ignore_rule_invalid` with the rule's position (counted from 1) and what is wrong with it
 */
export function compileIgnoreDifferences(rules: readonly IgnoreDifferencesRule[]): IgnoreDifferences {
  return { rules: rules.map((rule, index) => compile(rule, index)) };
}

function compile(rule: IgnoreDifferencesRule, index: number): CompiledRule {
  const fault = (what: string, cause?: unknown): PlumblineError =>
    new PlumblineError(
      'ignore_rule_invalid',
      `Rule ${index + 1} of ignoreDifferences (${ruleName(rule)}) can't be used: ${what}`,
      { cause, details: { rule: index } },
    );
  const pointers = (rule.jsonPointers ?? []).map((pointer) => {
    const segments = parsePointer(pointer);
    if (!pointer.startsWith('/') || pointer === '/')
      throw fault(`${JSON.stringify(pointer)} is no JSON pointer to a field; write e.g. /spec/replicas`);
    return segments;
  });
  const expressions = (rule.jqPathExpressions ?? []).map((source) => {
    try {
      return compilePath(source);
    } catch (error) {
      throw fault(error instanceof Error ? error.message : 'an expression is not valid', error);
    }
  });
  if (pointers.length + expressions.length + (rule.managedFieldsManagers ?? []).length === 0)
    throw fault('it names no field; give jsonPointers, jqPathExpressions or managedFieldsManagers');
  return { rule, pointers, expressions };
}

/** How a rule is named where it is reported: `apps/Deployment web/shop`. */
export function ruleName(rule: IgnoreDifferencesRule): string {
  const kind = rule.group ? `${rule.group}/${rule.kind}` : rule.kind;
  if (rule.namespace === undefined && rule.name === undefined) return kind;
  return `${kind} ${rule.namespace ?? '*'}/${rule.name ?? '*'}`;
}

/**
 * Takes what the rules ignore out of both versions, in the rules' order. Items of lists that are taken out move those behind
 * them. As in Argo CD, an expression that fails for an object changes nothing in it.
 * @param entries the live object's `managedEntries`, where it has lost them
 */
export function ignoreDifferences(
  { rules }: IgnoreDifferences,
  live: KubeObject,
  wanted: KubeObject,
  entries: readonly ManagedEntry[] = managedEntries(live),
): IgnoredPair {
  const matched: number[] = [];
  const problems: string[] = [];
  let pair: Pair = { live, wanted, found: false };
  for (const [index, compiled] of rules.entries()) {
    if (!selects(compiled.rule, live, wanted)) continue;
    const before = pair;
    pair = withoutPointers({ ...before, found: false }, compiled.pointers);
    pair = withoutExpressions(pair, compiled.expressions, problems);
    pair = withoutManagers(pair, compiled.rule.managedFieldsManagers ?? [], entries);
    if (pair.found) matched.push(index);
  }
  return { live: pair.live, wanted: pair.wanted, matched, problems };
}

/** The rules that found nothing in any object of a plan. @param matched of each object */
export function unusedRules(
  { rules }: IgnoreDifferences,
  matched: Iterable<readonly number[]>,
): { index: number; rule: IgnoreDifferencesRule }[] {
  const used = new Set([...matched].flat());
  return rules.flatMap(({ rule }, index) => (used.has(index) ? [] : [{ index, rule }]));
}

interface Pair {
  live: KubeObject;
  wanted: KubeObject;
  /** Whether something was there to be taken away, in either. */
  found: boolean;
}

function selects(rule: IgnoreDifferencesRule, live: KubeObject, wanted: KubeObject): boolean {
  const id = objectId(wanted, objectId(live).namespace);
  return (
    matchesGlob(rule.group ?? '', id.group) &&
    matchesGlob(rule.kind, id.kind) &&
    (!rule.name || rule.name === id.name) &&
    (!rule.namespace || rule.namespace === id.namespace)
  );
}

function withoutPointers(pair: Pair, pointers: readonly (readonly string[])[]): Pair {
  let { live, wanted, found } = pair;
  for (const segments of pointers) {
    if ([live, wanted].every((object) => valueAt(object, segments) === undefined)) continue;
    found = true;
    live = removePointer(live, segments);
    wanted = removePointer(wanted, segments);
  }
  return { live, wanted, found };
}

function removePointer(object: KubeObject, segments: readonly string[]): KubeObject {
  const path = segments.map((segment, depth) =>
    Array.isArray(valueAt(object, segments.slice(0, depth))) && /^\d+$/.test(segment)
      ? Number(segment)
      : segment,
  );
  return asObject(withoutPaths(object, [path]) as JsonObject, object);
}

function withoutExpressions(pair: Pair, expressions: readonly PathExpression[], problems: string[]): Pair {
  const result = { ...pair };
  for (const expression of expressions)
    for (const side of ['live', 'wanted'] as const) {
      try {
        const { value, found } = expression.remove(result[side]);
        result[side] = asObject(value as JsonObject, result[side]);
        result.found ||= found;
      } catch (error) {
        if (errorCode(error) === 'jq_too_long') problems.push(problemOf(expression, result[side], error));
        else if (errorCode(error) !== 'jq_failed') throw error;
      }
    }
  return result;
}

function problemOf(expression: PathExpression, object: KubeObject, error: unknown): string {
  const what = error instanceof Error ? error.message : 'it failed';
  return `${objectAddress(objectId(object))}: ${JSON.stringify(expression.source)} was left out: ${what}`;
}

function withoutManagers(pair: Pair, managers: readonly string[], entries: readonly ManagedEntry[]): Pair {
  let result = pair;
  for (const { fields, manager, subresource } of entries) {
    if (!managers.includes(manager) || subresource === 'status') continue;
    const { live, wanted, found } = withoutManaged(fields, result.live, result.wanted);
    result = {
      live: asObject(live as JsonObject, result.live),
      wanted: asObject(wanted as JsonObject, result.wanted),
      found: result.found || found,
    };
  }
  return result;
}

/** What makes the object itself can't be ignored. */
function asObject(value: JsonObject, object: KubeObject): KubeObject {
  const metadata = value['metadata'];
  const kept = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata) ? metadata : {};
  return {
    ...value,
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { ...kept, name: object.metadata.name },
  };
}
