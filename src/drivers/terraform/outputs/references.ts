import { isJsonObject, type JsonValue } from '../../../domain/json.ts';

const INSTANCE_KEY = /\[(?:"(?:[^"\\]|\\.)*"|\d+)\]/g;
const TRAVERSAL = /(?<![\w.-])[A-Za-z_][\w-]*(?:\s*\.\s*[A-Za-z_][\w-]*)+/g;

/** An address or a reference without its instance keys: `module.m[0].x_y.a["k"]` is `module.m.x_y.a`. */
export function withoutKeys(address: string): string {
  return address.replaceAll(INSTANCE_KEY, '');
}

/** All that an expression of a plan's `configuration` names, however deep in it, without instance keys. */
export function referencesOf(expression: JsonValue | undefined): string[] {
  if (Array.isArray(expression)) return expression.flatMap(referencesOf);
  if (!isJsonObject(expression)) return [];
  return Object.entries(expression).flatMap(([key, value]) =>
    key === 'references' && Array.isArray(value) && value.every((one) => typeof one === 'string')
      ? longest(value.map(withoutKeys))
      : referencesOf(value),
  );
}

/** What an expression's source text names, and perhaps more: words that look like a reference are taken for one. */
export function referencesIn(text: string): string[] {
  return longest(
    Array.from(withoutKeys(text).matchAll(TRAVERSAL), ([found]) =>
      found.replaceAll(/\s+/g, '').replace(/^resource\./, ''),
    ),
  );
}

/** Terraform lists `module.m` beside `module.m.id`, where only the latter is meant. */
function longest(references: readonly string[]): string[] {
  const all = [...new Set(references)];
  return all.filter((one) => !all.some((other) => other.startsWith(`${one}.`)));
}
