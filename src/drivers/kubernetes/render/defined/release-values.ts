import { isJsonObject, type JsonObject, type JsonValue } from '../../../../domain/json.ts';
import type { KubeObject } from '../../../../kube/object.ts';
import { fieldOf, listOf, textOf } from '../../definitions/definition-objects.ts';
import { readPlainScalar } from '../plain-scalar.ts';
import type { Parts } from '../render-source.ts';
import { secretParts } from '../secret-parts.ts';
import { sourceFault } from '../source-fault.ts';
import { readYamlDocuments } from '../yaml-documents.ts';
import { findValues } from './found-values.ts';
import type { ReleasePlace } from './release-chart.ts';

/**
 * The values of a release: those of `valuesFrom` in order, then its own on top. Each that a Secret holds is hidden from then on.
 * @throws PlumblineError `config_invalid`, and as `findValues`
 */
export async function releaseValues(
  parts: Parts,
  { object, namespace, definition }: ReleasePlace,
  own: readonly KubeObject[],
): Promise<JsonObject | null> {
  let values: JsonObject = {};
  const who = `HelmRelease ${object.metadata.name}`;
  for (const reference of listOf(object, 'spec', 'valuesFrom')) {
    const kind = textOf(reference, 'kind');
    const name = textOf(reference, 'name');
    if ((kind !== 'ConfigMap' && kind !== 'Secret') || name === undefined) continue;
    const optional = fieldOf(reference, 'optional') === true;
    const data = await findValues(parts, own, {
      kind,
      name,
      namespace,
      optional,
      who,
      near: definition.path,
    });
    if (data === undefined) continue;
    const key = textOf(reference, 'valuesKey') ?? 'values.yaml';
    const text = Object.hasOwn(data, key) ? data[key]! : undefined;
    if (text === undefined) {
      if (optional) continue;
      throw fault(definition.path, `${who} takes ${key} of ${kind} ${name}, which does not have it`);
    }
    const path = textOf(reference, 'targetPath');
    const more =
      path === undefined ? valuesIn(text, `${key} of ${kind} ${name}`, definition.path) : atPath(path, text);
    if (kind === 'Secret') secretParts(more).forEach((part) => parts.decryption.hide(part));
    values = mergeValues(values, more);
  }
  const inline = fieldOf(object, 'spec', 'values');
  if (isJsonObject(inline)) values = mergeValues(values, inline);
  return Object.keys(values).length === 0 ? null : values;
}

/** Mappings are laid over each other; everything else is replaced. */
export function mergeValues(base: JsonObject, over: JsonObject): JsonObject {
  const merged: JsonObject = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = Object.hasOwn(base, key) ? base[key] : undefined;
    merged[key] = isJsonObject(before) && isJsonObject(value) ? mergeValues(before, value) : value;
  }
  return merged;
}

/** Says nothing of the text: it may be a secret. */
function valuesIn(text: string, what: string, file: string): JsonObject {
  const [document] = readYamlDocuments(text);
  const value: JsonValue = document?.value ?? null;
  if (value === null && (document?.faults.length ?? 0) === 0) return {};
  if (!isJsonObject(value)) throw fault(file, `${what} is no mapping of values`);
  return value;
}

/** A value at a path such as `auth.password`; dots in names are written `\.`. */
function atPath(path: string, text: string): JsonObject {
  const names = path.split(/(?<!\\)\./).map((name) => name.replaceAll('\\.', '.'));
  const scalar = readPlainScalar(text);
  const value: JsonValue = 'fault' in scalar || text.includes('\n') ? text : scalar.value;
  return names.reduceRight<JsonValue>((inner, name) => ({ [name]: inner }), value) as JsonObject;
}

function fault(file: string, summary: string): Error {
  return sourceFault({ file, line: null, summary, detail: 'Correct its valuesFrom.' });
}
