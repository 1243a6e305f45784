import { parseExactJson } from '../../../util/exact-json.ts';
import { canonicalJson } from '../../../domain/canonical-json.ts';
import type { AttributeChange, RawChange } from '../../../domain/change.ts';
import { formatPointer } from '../../../domain/json-pointer.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json.ts';
import type { PulledState } from './state-file.ts';

/** What a return to a saved state is called in changes: its severity has a rule of its own. */
const SAVED_STATE = 'saved_state';

const MOST_NAMED = 200;
/** What is said of an object. */
const IN = 'in the state';
const OTHERWISE = 'in the state, otherwise';
const OUT = 'not in the state';

/**
 * What the state would say otherwise after the return to a saved one: which objects it would know, forget, or know
 * otherwise. Names only: values may be secrets. Undefined when both say the same.
 */
export function stateChange(
  backup: string,
  before: PulledState | undefined,
  target: PulledState,
): RawChange | undefined {
  const now = before === undefined ? new Map<string, string>() : contentsOf(before.text);
  const then = contentsOf(target.text);
  const moved = [...new Set([...now.keys(), ...then.keys()])]
    .filter((name) => now.get(name) !== then.get(name))
    .sort();
  if (moved.length === 0 && before !== undefined) return undefined;
  const attributes = moved
    .slice(0, MOST_NAMED)
    .map((name) =>
      attribute([name], now.has(name) ? IN : OUT, then.has(name) ? (now.has(name) ? OTHERWISE : IN) : OUT),
    );
  const more = moved.length - attributes.length;
  if (more > 0) attributes.push(attribute(['more'], null, `${more} more objects`));
  return {
    address: 'state',
    kind: SAVED_STATE,
    name: backup,
    action: 'update',
    actions: ['update'],
    cause: 'pending',
    before: before === undefined ? null : { serial: before.serial, lineage: before.lineage },
    after: { serial: target.serial, lineage: target.lineage, backup },
    attributes: [attribute(['serial'], before?.serial ?? null, target.serial), ...attributes],
    replacedBecause: [],
  };
}

function attribute(segments: string[], before: JsonValue, after: JsonValue): AttributeChange {
  return {
    pointer: formatPointer(segments),
    before,
    after,
    sensitive: false,
    unknown: false,
    cause: 'pending',
  };
}

/** What a state knows, by address, each as a text to be compared; data sources are read anew by every plan. */
function contentsOf(text: string): Map<string, string> {
  const state = parseExactJson(text) as JsonObject;
  const known = new Map<string, string>();
  for (const resource of objects(state['resources'])) {
    if (resource['mode'] === 'data') continue;
    const { module, type, name } = resource;
    const base = [module, type, name].filter((part) => typeof part === 'string').join('.');
    for (const { index_key: index, deposed, ...instance } of objects(resource['instances'])) {
      const key = index === undefined ? '' : `[${JSON.stringify(index)}]`;
      const old = deposed === undefined ? '' : ` (deposed ${JSON.stringify(deposed)})`;
      known.set(`${base}${key}${old}`, canonicalJson(instance));
    }
  }
  const outputs = state['outputs'];
  if (isJsonObject(outputs))
    for (const [name, value] of Object.entries(outputs)) known.set(`output ${name}`, canonicalJson(value));
  return known;
}

function objects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}
