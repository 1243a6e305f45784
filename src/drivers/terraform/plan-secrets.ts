import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/json.ts';
import type { PlanJson } from './plan-json.ts';
import { collectMarked, joinMarks, maskSensitive, SENSITIVE } from './sensitivity-marks.ts';

/** Shorter values are masked where they are marked, but not searched for elsewhere: they would match by chance. */
const SHORTEST_SEARCHED = 4;

/** Every value that a plan marks as sensitive: in changes, outputs, states and variables. */
export function planSecrets(plan: PlanJson): Set<string> {
  const secrets = new Set<string>();
  const changes = [
    ...plan.resourceChanges.map((resource) => resource.change),
    ...plan.resourceDrift.map((resource) => resource.change),
    ...plan.deferredChanges.map((resource) => resource.change),
    ...Object.values(plan.outputChanges),
  ];
  for (const change of changes) {
    collectMarked(change.before, change.beforeSensitive, secrets);
    collectMarked(change.after, change.afterSensitive, secrets);
  }
  visit(plan.raw, (object) => {
    if (object['sensitive_values'] !== undefined)
      collectMarked(object['values'], object['sensitive_values'], secrets);
    if (object['sensitive'] === true) collectMarked(object['value'], true, secrets);
  });
  const sensitive = sensitiveVariables(plan.raw);
  for (const [name, variable] of Object.entries(objectAt(plan.raw, 'variables')))
    if (sensitive.has(name) && isJsonObject(variable)) collectMarked(variable['value'], true, secrets);
  secrets.delete('');
  return secrets;
}

/**
 * The plan's JSON with every sensitive value masked: where Terraform marks it, and wherever else the same value stands.
 * @param secrets of `planSecrets`
 * @param redact hides longer secrets inside other text
 */
export function maskPlan(
  plan: PlanJson,
  secrets: ReadonlySet<string>,
  redact: (text: string) => string,
): JsonValue {
  const sensitive = sensitiveVariables(plan.raw);
  const masked = (value: JsonValue): JsonValue => {
    if (Array.isArray(value)) return value.map(masked);
    if (!isJsonObject(value)) return maskText(value, secrets, redact);
    const object = maskObject(value);
    return Object.fromEntries(Object.entries(object).map(([key, member]) => [key, masked(member)]));
  };
  const variables = Object.fromEntries(
    Object.entries(objectAt(plan.raw, 'variables')).map(([name, variable]) => [
      name,
      sensitive.has(name) ? { value: SENSITIVE } : variable,
    ]),
  );
  return masked({ ...plan.raw, variables });
}

/** Hides the plan's secrets in any value: for what is shown of single changes. */
export function maskTexts(
  value: JsonValue,
  secrets: ReadonlySet<string>,
  redact: (text: string) => string,
): JsonValue {
  if (Array.isArray(value)) return value.map((item) => maskTexts(item, secrets, redact));
  if (!isJsonObject(value)) return maskText(value, secrets, redact);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, maskTexts(item, secrets, redact)]),
  );
}

function maskText(
  value: JsonValue,
  secrets: ReadonlySet<string>,
  redact: (text: string) => string,
): JsonValue {
  if (typeof value !== 'string') return value;
  if (value.length >= SHORTEST_SEARCHED && secrets.has(value)) return SENSITIVE;
  return redact(value);
}

/** Masks the members of an object that its neighbours mark: the shapes in which the format has marks. */
function maskObject(object: JsonObject): JsonObject {
  const copy = { ...object };
  if (copy['sensitive_values'] !== undefined && copy['values'] !== undefined)
    copy['values'] = maskSensitive(copy['values'], copy['sensitive_values']);
  if (copy['sensitive'] === true && copy['value'] !== undefined) copy['value'] = SENSITIVE;
  if (copy['before_sensitive'] !== undefined || copy['after_sensitive'] !== undefined) {
    const mark = joinMarks([copy['before_sensitive'] ?? false, copy['after_sensitive'] ?? false]);
    for (const side of ['before', 'after'])
      if (copy[side] !== undefined) copy[side] = maskSensitive(copy[side], mark);
  }
  return copy;
}

function sensitiveVariables(raw: JsonObject): Set<string> {
  const root = objectAt(objectAt(raw, 'configuration'), 'root_module');
  return new Set(
    Object.entries(objectAt(root, 'variables'))
      .filter(([, variable]) => isJsonObject(variable) && variable['sensitive'] === true)
      .map(([name]) => name),
  );
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isJsonObject(value) ? value : {};
}

function visit(value: JsonValue, look: (object: JsonObject) => void): void {
  if (Array.isArray(value)) for (const item of value) visit(item, look);
  else if (isJsonObject(value)) {
    look(value);
    for (const item of Object.values(value)) visit(item, look);
  }
}
