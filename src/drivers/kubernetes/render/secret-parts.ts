import { isJsonObject, type JsonValue } from '../../../domain/json.ts';
import { longNumber } from '../../../kube/exact-numbers.ts';

/** What is shorter gives nothing away, and hiding it would make plans unreadable. */
const SHORTEST = 4;

/** The texts and numbers in a value that came out of a secret, as they are to be hidden. */
export function secretParts(value: JsonValue): string[] {
  if (Array.isArray(value)) return value.flatMap(secretParts);
  if (isJsonObject(value)) return Object.values(value).flatMap(secretParts);
  if (typeof value !== 'string' && typeof value !== 'number') return [];
  const text = longNumber(value) ?? String(value);
  return text.length < SHORTEST ? [] : [text];
}
