import { z } from 'zod';
import { isJsonObject, type JsonObject, type JsonValue } from '../domain/json.ts';
import type { ConfigPath } from './problem.ts';
import { configSchema, type DriverSchemas } from './schema/config.ts';

/** The JSON Schema (draft 2020-12) of the config file, with the options of these drivers. */
export function configJsonSchema(drivers: DriverSchemas = {}): JsonObject {
  const schema = z.toJSONSchema(configSchema(drivers), { io: 'input', unrepresentable: 'any' });
  const plain = withoutNoise(JSON.parse(JSON.stringify(schema)) as JsonValue);
  return { title: 'Plumbline configuration', ...(isJsonObject(plain) ? plain : {}) };
}

/** The keys that the schema knows at a path, for did-you-mean; none where it knows none. */
export function knownKeys(schema: JsonObject, path: ConfigPath): string[] {
  let here: JsonObject[] = [schema];
  for (const step of path) here = here.flatMap(alternatives).flatMap((node) => child(node, step));
  return here
    .flatMap(alternatives)
    .flatMap((node) => (isJsonObject(node.properties) ? Object.keys(node.properties) : []));
}

function alternatives(node: JsonObject): JsonObject[] {
  const choices = Array.isArray(node.anyOf) ? node.anyOf : [];
  return [node, ...choices.filter(isJsonObject).flatMap(alternatives)];
}

function child(node: JsonObject, step: string | number): JsonObject[] {
  if (typeof step === 'number') return isJsonObject(node.items) ? [node.items] : [];
  const named = isJsonObject(node.properties) ? node.properties[step] : undefined;
  const next = named ?? node.additionalProperties;
  return isJsonObject(next) ? [next] : [];
}

/** Bounds of safe integers and empty defaults of sections say nothing to anybody. */
function withoutNoise(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutNoise);
  if (!isJsonObject(value)) return value;
  const copy: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    const noise =
      (/^(maximum|minimum)$/.test(key) && Math.abs(Number(member)) === Number.MAX_SAFE_INTEGER) ||
      (key === 'default' && isJsonObject(member) && Object.keys(member).length === 0);
    if (!noise) copy[key] = withoutNoise(member);
  }
  return copy;
}
