import { sameJson } from '../../../domain/canonical-json.ts';
import { isJsonObject, type JsonValue } from '../../../domain/json.ts';
import { longNumber } from '../../../kube/exact-numbers.ts';
import { createRedactor } from '../../../util/redact.ts';
import type { Path } from './managed-fields.ts';
import { isSecret, LAST_APPLIED_ANNOTATION } from './normalise.ts';

/** Hides the values of Secrets, and texts that are known to be secret. */
export interface Masker {
  /**
   * Two versions of one value, masked together: where both have the same secret, they show the same; where it changed, the
   * second says so.
   * @param path where the values stand in `object`; none for the object itself
   * @param object tells what is a Secret: the object that holds the values, either version of it
   */
  pair(
    before: JsonValue,
    after: JsonValue,
    path: Path,
    object: JsonValue,
  ): { before: JsonValue; after: JsonValue; sensitive: boolean };
  /** One object. */
  whole(object: JsonValue): JsonValue;
}

/** Numbers with fewer characters stand everywhere. */
const SHORTEST = 4;
/** Fields of a Secret that hold values. */
const VALUE_FIELDS: ReadonlySet<string> = new Set(['data', 'stringData']);

/** What stands in the place of a secret: its length, and whether it differs from the one before. Nothing else of it. */
function mark(value: JsonValue, encoded: boolean, changed: boolean): string {
  const note = changed ? ', changed' : '';
  if (typeof value !== 'string') return `(sensitive${note})`;
  return `(sensitive, ${encoded ? decodedLength(value) : characters(Array.from(value).length)}${note})`;
}

/** How YAML may read a secret that stands somewhere without quotes: the number or boolean that it looks like. */
function unquotedForms(secret: string): string[] {
  const number = Number(secret);
  const numbers = secret.trim() === '' || !Number.isFinite(number) ? [] : [number];
  const octal = /^0[0-7]+$/.test(secret) ? [Number.parseInt(secret, 8)] : [];
  // A short one would hide what has nothing to do with it.
  const read = [...numbers, ...octal].map(String).filter((text) => text.length >= SHORTEST);
  return [secret, ...read];
}

function characters(count: number): string {
  return count === 1 ? '1 character' : `${count} characters`;
}

/** The length of what base64 stands for: in characters where it is text, otherwise in bytes. */
function decodedLength(value: string): string {
  const bytes = Buffer.from(value, 'base64');
  try {
    return characters(Array.from(new TextDecoder('utf-8', { fatal: true }).decode(bytes)).length);
  } catch {
    return bytes.length === 1 ? '1 byte' : `${bytes.length} bytes`;
  }
}

/** What holds for a place: nothing special, a Secret itself, its encoded values, its plain ones, kubectl's copy of an object. */
type Zone = 'open' | 'secret' | 'values' | 'texts' | 'lastApplied';

/** @param secrets texts that must not show anywhere, from whichever source they came */
export function createMasker(secrets: readonly string[] = []): Masker {
  const named = new Set(secrets.filter((secret) => secret !== ''));
  const unquoted = new Set([...named].flatMap(unquotedForms));
  const { redact } = createRedactor([...named]);

  const maskText = (text: string, other: JsonValue | undefined): string => {
    const changed = other !== undefined && other !== text;
    if (named.has(longNumber(text) ?? text)) return mark(text, false, changed);
    const shown = redact(text);
    return shown !== text && changed && typeof other === 'string' && redact(other) === shown
      ? `${shown} (changed)`
      : shown;
  };

  const maskLastApplied = (value: JsonValue, other: JsonValue | undefined): JsonValue => {
    const parsed = typeof value === 'string' ? parse(value) : undefined;
    if (parsed === undefined) return mark(value, false, other !== undefined && !sameJson(other, value));
    const before = typeof other === 'string' ? parse(other) : undefined;
    return JSON.stringify(maskValue(parsed, before, isSecret(parsed) ? 'secret' : 'open'));
  };

  const maskValue = (value: JsonValue, other: JsonValue | undefined, zone: Zone): JsonValue => {
    if (value === null || zone === 'lastApplied')
      return value === null ? null : maskLastApplied(value, other);
    if (Array.isArray(value)) {
      const others = Array.isArray(other) ? other : [];
      return value.map((item, index) => maskValue(item, others[index] ?? undefined, below(zone, '', item)));
    }
    if (isJsonObject(value)) {
      const others = isJsonObject(other) ? other : {};
      return Object.fromEntries(
        Object.entries(value).map(([name, member]) => {
          const theirs = Object.hasOwn(others, name) ? (others[name] ?? undefined) : undefined;
          return [maskText(name, undefined), maskValue(member, theirs, below(zone, name, member))];
        }),
      );
    }
    if (zone === 'values' || zone === 'texts')
      return mark(value, zone === 'values', other !== undefined && !sameJson(other, value));
    if (typeof value === 'string') return maskText(value, other);
    return unquoted.has(String(value)) ? mark(value, false, other !== undefined && other !== value) : value;
  };

  return {
    pair(before, after, path, object) {
      const zone = zoneAt(object, path);
      const masked = {
        before: maskValue(before, undefined, zone),
        after: maskValue(after, before ?? undefined, zone),
      };
      const sensitive = !sameJson(masked.before, before) || !sameJson(masked.after, after);
      return { ...masked, sensitive };
    },
    whole: (object) => maskValue(object, undefined, isSecret(object) ? 'secret' : 'open'),
  };
}

/** The zone of a member, from that of its parent; a Secret is one wherever it stands. */
function below(zone: Zone, name: string, member: JsonValue): Zone {
  if (zone === 'values' || zone === 'texts') return zone;
  if (zone === 'secret' && VALUE_FIELDS.has(name)) return name === 'data' ? 'values' : 'texts';
  if (isSecret(member)) return 'secret';
  if (name === LAST_APPLIED_ANNOTATION) return 'lastApplied';
  return 'open';
}

function zoneAt(object: JsonValue, path: Path): Zone {
  let zone: Zone = isSecret(object) ? 'secret' : 'open';
  let value: JsonValue | undefined = object;
  for (const name of path) {
    value = memberOf(value, name);
    zone = below(zone, name, value ?? null);
  }
  return zone;
}

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  if (Array.isArray(value)) return value[Number(name)];
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function parse(text: string): JsonValue | undefined {
  try {
    const value = JSON.parse(text) as JsonValue;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
