import { stringify } from 'yaml';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../../domain/json.ts';
import { longNumber, showNumbers } from '../../../../kube/exact-numbers.ts';
import { metaTexts, type KubeObject } from '../../../../kube/object.ts';
import { isVariableName, substitute } from '../../definitions/flux/substitute.ts';
import {
  definitionName,
  type FluxBuild,
  type FluxSubstitution,
  type StackDefinition,
} from '../../definitions/stack-definition.ts';
import type { WantedObject } from '../../rendered.ts';
import { readManifests } from '../manifest-objects.ts';
import type { RenderedFiles } from '../manifests.ts';
import type { Parts } from '../render-source.ts';
import { secretParts } from '../secret-parts.ts';
import { sourceFault, type SourceFault } from '../source-fault.ts';
import { findValues } from './found-values.ts';

const SWITCH = 'kustomize.toolkit.fluxcd.io/substitute';

/** What Flux does with built objects: labels and annotations for all, and variables filled in. @throws as `findValues` */
export async function finishFlux(
  parts: Parts,
  definition: StackDefinition,
  rendered: RenderedFiles,
): Promise<RenderedFiles> {
  const { commonMetadata = null, substitution = null } = definition.flux ?? {};
  const labelled = withCommon(rendered.objects, commonMetadata);
  if (substitution === null) return { ...rendered, objects: labelled };
  const { variables, secret } = await variablesOf(parts, definition, substitution);
  const onMade = (name: string, made: string) => {
    if (secret.has(name)) secretParts(made).forEach((part) => parts.decryption.hide(part));
  };
  return { ...rendered, objects: withVariables(labelled, { variables, onMade }, definition) };
}

/** Objects with the labels and annotations that all of them get. */
export function withCommon(
  objects: readonly WantedObject[],
  common: FluxBuild['commonMetadata'],
): WantedObject[] {
  return objects.map((wanted) =>
    common === null ? wanted : { ...wanted, object: withMetadata(wanted.object, common) },
  );
}

function withMetadata(
  object: KubeObject,
  { labels, annotations }: { labels: Record<string, string>; annotations: Record<string, string> },
): KubeObject {
  const metadata: JsonObject = { ...object.metadata };
  for (const [field, more] of [
    ['labels', labels],
    ['annotations', annotations],
  ] as const)
    if (Object.keys(more).length > 0) metadata[field] = { ...metaTexts(object, field), ...more };
  return { ...object, metadata: { ...metadata, name: object.metadata.name } };
}

/** All variables, and the names of those whose value is a Secret's. */
async function variablesOf(
  parts: Parts,
  definition: StackDefinition,
  { from, namespace, variables }: FluxSubstitution,
): Promise<{ variables: Record<string, string>; secret: Set<string> }> {
  const all: Record<string, string> = {};
  const secret = new Set<string>();
  const who = definitionName(definition);
  for (const reference of from) {
    const data = await findValues(parts, [], { ...reference, namespace, who, near: definition.file });
    for (const [name, value] of Object.entries(data ?? {})) {
      all[name] = value.replaceAll('\n', '');
      if (reference.kind === 'Secret') secret.add(name);
      else secret.delete(name);
    }
  }
  for (const [name, value] of Object.entries(variables)) {
    all[name] = value.replaceAll('\n', '');
    secret.delete(name);
  }
  const wrong = Object.keys(all).find((name) => !isVariableName(name));
  if (wrong !== undefined)
    throw sourceFault({
      file: definition.file,
      line: definition.line,
      summary: `"${wrong}" can't be the name of a variable (postBuild of ${definition.kind} ${definition.name})`,
      detail: 'Such names are made of letters, digits and _, and don’t begin with a digit.',
    });
  return { variables: all, secret };
}

interface Filling {
  variables: Readonly<Record<string, string>>;
  onMade: (name: string, made: string) => void;
}

/** Each object is filled in as the text that it is written as, so that `${n}` may become a number. */
function withVariables(
  objects: readonly WantedObject[],
  { variables, onMade }: Filling,
  definition: StackDefinition,
): WantedObject[] {
  const faults: SourceFault[] = [];
  const filled = objects.map((wanted) => {
    const { object, source } = wanted;
    const place = source ?? { file: definition.file, line: definition.line };
    if (
      [metaTexts(object, 'labels'), metaTexts(object, 'annotations')].some(
        (texts) => texts[SWITCH] === 'disabled',
      )
    )
      return wanted;
    const text = asYaml(object);
    if (!text.includes('${')) return wanted;
    const made = substitute(text, variables, onMade);
    const what = `${object.kind} ${object.metadata.name}`;
    for (const name of made.undefined)
      faults.push({
        ...place,
        summary: `${what} has the variable \${${name}}, which postBuild of ${definition.kind} ${definition.name} does not define`,
        detail: `Define it there, or give it a default: \${${name}:=…}.`,
      });
    const { objects: read, problems } = readManifests(made.text, place.file);
    const [only] = read;
    if (only !== undefined && read.length === 1) return { ...wanted, object: only.object };
    faults.push({
      ...place,
      summary: `${what} is no object any more once its variables are filled in: ${problems[0]?.message ?? 'nothing is left'}`,
      detail: 'Put the variable in quotes.',
    });
    return wanted;
  });
  const [first, ...more] = faults;
  if (first !== undefined) throw sourceFault(first, ...more);
  return filled;
}

/** As kustomize writes it: a text such as `${n}` without quotes. */
function asYaml(object: KubeObject): string {
  return stringify(withDigits(object), { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
}

/** Whole numbers that a double can't hold, as numbers of the YAML library. */
function withDigits(value: JsonValue): unknown {
  const digits = longNumber(value);
  if (digits !== undefined) return /^-?\d+$/.test(digits) ? BigInt(digits) : Number(digits);
  if (Array.isArray(value)) return value.map(withDigits);
  if (!isJsonObject(value)) return showNumbers(value);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withDigits(one)]));
}
