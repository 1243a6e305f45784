import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json.ts';
import { longNumber } from '../../../kube/exact-numbers.ts';
import { groupVersion, type KubeObject } from '../../../kube/object.ts';
import { valueAt } from '../../../domain/json-pointer.ts';

/** A value that has to be a text and is none. `message` takes how it is written. */
interface TextFault {
  path: string[];
  message: (source: string | undefined) => string;
}

/** Where all objects have maps of texts, and where those of built-in kinds do. */
const ALL = [
  ['metadata', 'labels'],
  ['metadata', 'annotations'],
];
const TEMPLATES = [
  ['spec', 'template'],
  ['spec', 'jobTemplate', 'spec', 'template'],
];
const BUILT_IN_GROUPS = new Set(['apps', 'batch']);
const IN_TEMPLATE = [...ALL, ['spec', 'nodeSelector']];

/** Texts of built-in kinds where YAML’s ideas of booleans and numbers bite: labels, selectors, data, values of env. */
export function textFaults(object: KubeObject): TextFault[] {
  const faults = mapPaths(object).flatMap((path) => mapFaults(object, path));
  return [...faults, ...podPaths(object).flatMap((path) => envFaults(object, path))];
}

function mapPaths(object: KubeObject): string[][] {
  const { group } = groupVersion(object.apiVersion);
  if (group === '') {
    const own = {
      ConfigMap: [['data']],
      Secret: [['stringData'], ['data']],
      Service: [['spec', 'selector']],
    };
    const pod = object.kind === 'Pod' ? [['spec', 'nodeSelector']] : [];
    return [...ALL, ...pod, ...(Object.hasOwn(own, object.kind) ? own[object.kind as keyof typeof own] : [])];
  }
  if (!BUILT_IN_GROUPS.has(group)) return ALL;
  const inTemplates = TEMPLATES.flatMap((template) => IN_TEMPLATE.map((path) => [...template, ...path]));
  return [...ALL, ['spec', 'selector', 'matchLabels'], ...inTemplates];
}

/** Where pods are specified. */
function podPaths(object: KubeObject): string[][] {
  const { group } = groupVersion(object.apiVersion);
  if (group === '' && object.kind === 'Pod') return [['spec']];
  return BUILT_IN_GROUPS.has(group) ? TEMPLATES.map((template) => [...template, 'spec']) : [];
}

function mapFaults(object: JsonObject, path: string[]): TextFault[] {
  const map = valueAt(object, path);
  if (!isJsonObject(map)) return [];
  const isSecret = object['kind'] === 'Secret' && path[0] !== 'metadata';
  return Object.entries(map).flatMap(([key, value]) => notText([...path, key], value, isSecret));
}

function envFaults(object: JsonObject, pod: string[]): TextFault[] {
  return ['containers', 'initContainers'].flatMap((field) => {
    const containers = valueAt(object, [...pod, field]);
    if (!Array.isArray(containers)) return [];
    return containers.flatMap((container, index) => {
      const env = isJsonObject(container) ? container['env'] : undefined;
      if (!Array.isArray(env)) return [];
      return env.flatMap((variable, at) => {
        const value = isJsonObject(variable) ? variable['value'] : undefined;
        return value === undefined
          ? []
          : notText([...pod, field, String(index), 'env', String(at), 'value'], value);
      });
    });
  });
}

function notText(path: string[], value: JsonValue, isSecret = false): TextFault[] {
  // null stands for nothing there; anything deeper is for the API server to refuse.
  const long = longNumber(value);
  if (typeof value !== 'boolean' && typeof value !== 'number' && long === undefined) return [];
  const type = long === undefined ? typeof value : 'number';
  const field = path.join('.');
  const message = (source: string | undefined) => {
    if (isSecret) return `${field} has to be a text, and is read as a ${type}; write it in quotes`;
    const read = long ?? JSON.stringify(value);
    const written = source ?? read;
    return `${field} has to be a text, and ${written} is read as the ${type} ${read}; write it in quotes: "${written}"`;
  };
  return [{ path, message }];
}
