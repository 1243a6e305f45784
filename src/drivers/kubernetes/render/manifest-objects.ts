import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json.ts';
import { groupVersion, type KubeObject } from '../../../kube/object.ts';
import type { Rendered } from '../rendered.ts';
import { textFaults } from './text-fields.ts';
import { readYamlDocuments, type YamlDocument } from './yaml-documents.ts';

/** An object and where it stands in its text. */
export interface ManifestObject {
  object: KubeObject;
  line: number;
}

/** What the documents of a text are. */
export interface ManifestObjects {
  objects: ManifestObject[];
  problems: Rendered['problems'];
}

/** Objects of a text of YAML documents or of JSON, lists unpacked. What is no object is a problem and hides no other one. */
export function readManifests(text: string, file: string): ManifestObjects {
  return objectsOf(readYamlDocuments(text), file);
}

/** Objects of documents; see `readManifests`. */
export function objectsOf(documents: readonly YamlDocument[], file: string): ManifestObjects {
  const found: ManifestObjects = { objects: [], problems: [] };
  for (const document of documents) {
    if (document.faults.length > 0)
      found.problems.push(...document.faults.map(({ line, message }) => ({ file, line, message })));
    else if (document.value !== null) addObjects(found, { document, file, path: [] }, document.value);
  }
  return found;
}

interface Place {
  document: YamlDocument;
  file: string;
  path: (string | number)[];
}

function addObjects(found: ManifestObjects, place: Place, value: JsonValue): void {
  const { document, file, path } = place;
  const { line } = path.length === 0 ? document : document.at(path);
  if (isJsonObject(value) && isList(value)) {
    for (const [index, item] of value['items'].entries())
      addObjects(found, { ...place, path: [...path, 'items', index] }, item);
    return;
  }
  const wrong = objectFault(value);
  if (wrong !== undefined) {
    found.problems.push({ file, line, message: wrong });
    return;
  }
  const object = value as KubeObject;
  const faults = textFaults(object).map(({ path: field, message }) => {
    const at = document.at([...path, ...field]);
    return { file, line: at.line, message: message(at.source) };
  });
  if (faults.length > 0) found.problems.push(...faults);
  else found.objects.push({ object, line });
}

function isList(value: JsonObject): value is JsonObject & { items: JsonValue[] } {
  return typeof value['kind'] === 'string' && value['kind'].endsWith('List') && Array.isArray(value['items']);
}

/** Why a value is no object that can be applied; undefined when it is one. */
function objectFault(value: JsonValue): string | undefined {
  if (!isJsonObject(value)) return `This is ${kindOf(value)} and no Kubernetes object`;
  const { apiVersion, kind, metadata = null } = value;
  if (typeof apiVersion !== 'string' || apiVersion === '') return missing('apiVersion');
  if (typeof kind !== 'string' || kind === '') return missing('kind');
  if (groupVersion(apiVersion).group === 'kustomize.config.k8s.io')
    return `A ${kind} of kustomize stands among plain manifests; make its folder a stack of its own`;
  if (!isJsonObject(metadata)) return `${kind} has no metadata; give it a name there`;
  const { name, generateName, namespace = '' } = metadata;
  if (typeof name === 'string' && name !== '')
    return typeof namespace === 'string' ? undefined : `metadata.namespace of ${name} is no text`;
  if (generateName !== undefined)
    return `${kind} has generateName: each apply would make another object, and nothing could be compared. Give it a name`;
  return name === undefined || name === ''
    ? `${kind} has no name; give it metadata.name`
    : `metadata.name of ${kind} is ${kindOf(name)} and no text; write it in quotes`;
}

function missing(field: string): string {
  return `This is no Kubernetes object: ${field} is missing. Put it elsewhere, or give it apiVersion and kind`;
}

/** Says nothing of the value: a file may hold a secret and nothing else. */
function kindOf(value: JsonValue): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'a text';
  return typeof value === 'object' ? 'a mapping' : `a ${typeof value}`;
}
