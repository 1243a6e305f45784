import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json.ts';
import { isChange, isNoOp, type PlanJson } from '../plan-json.ts';
import type { LocalsOf } from './locals.ts';
import { referencesIn, referencesOf, withoutKeys } from './references.ts';

/** A module of the configuration, and the call that it comes from. */
interface Scope {
  path: readonly string[];
  module: JsonObject;
  caller: { scope: Scope; call: JsonObject } | undefined;
}

/** What a module's expressions name. */
interface Named {
  scope: Scope;
  references: readonly string[];
}

/** Names that stand for no object. What `each` and `count` are made of is asked for with the block that has them. */
const PLAIN = new Set(['path', 'terraform', 'tofu', 'each', 'count', 'self']);

/**
 * Says of a root output whether a resource that the plan changes, or that has drifted, may stand behind its value: named by
 * its expression directly, or through local values, data sources, variables and outputs of modules. A resource that stays
 * as it is explains nothing, whatever it is made from. What can't be followed may lead anywhere, and so explains.
 */
export function outputExplainer(plan: PlanJson, localsOf: LocalsOf): (output: string) => boolean {
  const configuration = objectAt(plan.raw['configuration']);
  const module = objectAt(configuration['root_module']);
  const root: Scope = { path: [], module, caller: undefined };
  const changed = changedAddresses(plan);
  return (name) => {
    const output = objectAt(module['outputs'])[name];
    return (
      !isJsonObject(output) ||
      leadsToChange({ scope: root, references: referencesOf(output) }, changed, localsOf)
    );
  };
}

function changedAddresses(plan: PlanJson): Set<string> {
  const changed = [
    ...plan.resourceDrift.filter(({ change }) => !isNoOp(change)),
    ...plan.resourceChanges.filter(isChange),
    ...plan.deferredChanges,
  ].filter(({ mode }) => mode === 'managed');
  return new Set(changed.map(({ address }) => withoutKeys(address)));
}

function leadsToChange(start: Named, changed: ReadonlySet<string>, localsOf: LocalsOf): boolean {
  const seen = new Set<string>();
  const waiting: Named[] = [start];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const reference of at.references) {
      const address = addressIn(at.scope, reference);
      if (seen.has(address)) continue;
      seen.add(address);
      const next = follow(at.scope, reference.split('.'), changed, localsOf);
      if (next === 'explains') return true;
      waiting.push(...next);
    }
  }
  return false;
}

function addressIn({ path }: Scope, reference: string): string {
  return [...path.map((call) => `module.${call}`), reference].join('.');
}

/** One step behind a reference. */
function follow(
  scope: Scope,
  [kind = '', name = '', part]: readonly string[],
  changed: ReadonlySet<string>,
  localsOf: LocalsOf,
): readonly Named[] | 'explains' {
  if (PLAIN.has(kind)) return [];
  if (kind === 'var') return behindVariable(scope, name);
  if (kind === 'module') return behindModule(scope, name, part);
  if (kind === 'local') {
    const text = localsOf(scope.path)?.get(name);
    return text === undefined ? 'explains' : [{ scope, references: referencesIn(text) }];
  }
  if (kind === 'data') return behindData(scope, name, part);
  return changed.has(addressIn(scope, `${kind}.${name}`)) ? 'explains' : [];
}

/** A data source that waits for something, by itself or with its whole module, is read anew when that changes. */
function behindData(scope: Scope, type: string, name: string | undefined): Named[] | 'explains' {
  const data = objectsAt(scope.module['resources']).find(
    (resource) => resource['mode'] === 'data' && resource['type'] === type && resource['name'] === name,
  );
  if (data === undefined) return 'explains';
  const behind: Named[] = [{ scope, references: [...referencesOf(data), ...dependencies(data)] }];
  for (let at = scope.caller; at !== undefined; at = at.scope.caller)
    behind.push({ scope: at.scope, references: dependencies(at.call) });
  return behind;
}

function behindVariable({ caller }: Scope, name: string): Named[] {
  if (caller === undefined) return [];
  const { scope, call } = caller;
  const value = objectAt(call['expressions'])[name];
  return [{ scope, references: [...referencesOf(value), ...repetition(call)] }];
}

/** An output of a module, or all of them when the module is named as a whole. */
function behindModule(scope: Scope, name: string, output: string | undefined): Named[] | 'explains' {
  const call = objectAt(scope.module['module_calls'])[name];
  if (!isJsonObject(call)) return 'explains';
  const child: Scope = {
    path: [...scope.path, name],
    module: objectAt(call['module']),
    caller: { scope, call },
  };
  const outputs = objectAt(child.module['outputs']);
  const wanted = output === undefined ? Object.values(outputs) : [outputs[output]];
  if (!wanted.every(isJsonObject)) return 'explains';
  return [
    { scope: child, references: wanted.flatMap(referencesOf) },
    { scope, references: repetition(call) },
  ];
}

/** What decides how often a block stands there. */
function repetition(block: JsonObject): string[] {
  return [...referencesOf(block['count_expression']), ...referencesOf(block['for_each_expression'])];
}

function dependencies(block: JsonObject): string[] {
  const named = block['depends_on'];
  return Array.isArray(named) ? named.filter((one) => typeof one === 'string').map(withoutKeys) : [];
}

function objectAt(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function objectsAt(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
