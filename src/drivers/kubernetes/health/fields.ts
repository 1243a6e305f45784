import { valueAt } from '../../../domain/json-pointer.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json.ts';

/** A condition of an object's status. */
export interface Condition {
  type: string;
  /** `True`, `False` or `Unknown`. */
  status: string;
  reason: string;
  message: string;
}

/** The text at a path; empty where there is none. */
export function textAt(value: JsonValue, ...path: string[]): string {
  const found = valueAt(value, path);
  return typeof found === 'string' ? found : '';
}

/** The number at a path, or `otherwise`. */
export function numberAt(value: JsonValue, path: readonly string[], otherwise = 0): number {
  const found = valueAt(value, path);
  return typeof found === 'number' ? found : otherwise;
}

/** The objects of the list at a path; none where there is no list. */
export function listAt(value: JsonValue, ...path: string[]): JsonObject[] {
  const found = valueAt(value, path);
  return Array.isArray(found) ? found.filter((item): item is JsonObject => isJsonObject(item)) : [];
}

/** The texts of the list at a path. */
export function textsAt(value: JsonValue, ...path: string[]): string[] {
  const found = valueAt(value, path);
  return Array.isArray(found) ? found.filter((item): item is string => typeof item === 'string') : [];
}

/** `status.conditions` of an object. */
export function conditionsOf(object: JsonValue): Condition[] {
  return listAt(object, 'status', 'conditions').map(asCondition);
}

/** A condition as it stands in a status. */
function asCondition(item: JsonObject): Condition {
  return {
    type: textAt(item, 'type'),
    status: textAt(item, 'status'),
    reason: textAt(item, 'reason'),
    message: textAt(item, 'message'),
  };
}

/** The condition of a type, whatever its status. */
export function conditionOf(object: JsonValue, type: string): Condition | undefined {
  return conditionsOf(object).find((condition) => condition.type === type);
}

/** Whether its controller has not yet looked at the newest generation; `lenient`: one that never says so has. */
export function isUnobserved(object: JsonValue, lenient = false): boolean {
  const observed = valueAt(object, ['status', 'observedGeneration']);
  if (typeof observed !== 'number') return !lenient;
  return observed < numberAt(object, ['metadata', 'generation']);
}

/** A condition as a clause: its message, else its reason, else its name and status. */
export function conditionText({ type, status, reason, message }: Condition): string {
  if (message !== '') return message;
  return reason === '' ? `${type} is ${status}` : `${type} is ${status}: ${reason}`;
}
