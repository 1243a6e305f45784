import { isJsonObject, type JsonObject, type JsonValue } from './json.ts';

/** Stands for every value that must not be shown. */
export const SENSITIVE = '(sensitive)';

/**
 * A copy with everything masked that the mask marks with `true`. The mask has the value's own shape, as Terraform's
 * `before_sensitive` has; what it doesn't mention is shown. A value that is null stays null: its absence is no secret.
 */
export function maskSensitive(value: JsonValue, mask: JsonValue | undefined): JsonValue {
  if (mask === true) return value === null ? null : SENSITIVE;
  if (Array.isArray(value)) {
    // An object as mask of a list is a set's: its members can't be told apart, so all of them are masked alike.
    if (isJsonObject(mask)) return anyTrue(mask) ? SENSITIVE : value;
    return Array.isArray(mask) ? value.map((item, index) => maskSensitive(item, mask[index])) : value;
  }
  if (!isJsonObject(value)) return value;
  if (Array.isArray(mask)) return anyTrue(mask) ? SENSITIVE : value;
  if (!isJsonObject(mask)) return value;
  const copy: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    copy[key] = maskSensitive(member, Object.hasOwn(mask, key) ? mask[key] : undefined);
  }
  return copy;
}

function anyTrue(mask: JsonValue): boolean {
  if (mask === true) return true;
  if (Array.isArray(mask)) return mask.some(anyTrue);
  return isJsonObject(mask) && Object.values(mask).some(anyTrue);
}
