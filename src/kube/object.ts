import type { JsonObject, JsonValue } from '../domain/json.ts';

/** `metadata` of an object, as far as it is read here; everything else in it is kept, too. */
export interface ObjectMeta extends JsonObject {
  name: string;
}

/** An object as the API server sends and takes it: JSON with every field, known here or not. */
export interface KubeObject extends JsonObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** What makes an object the same one over time: its version is not part of it. */
export interface ObjectId {
  /** Empty for the core group. */
  group: string;
  kind: string;
  /** Empty for an object of the whole cluster. */
  namespace: string;
  name: string;
}

/** Group and version of an `apiVersion`. */
export function groupVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** The identity of an object; `namespace` where the object itself names none. */
export function objectId(object: KubeObject, namespace = ''): ObjectId {
  const own = object.metadata['namespace'];
  return {
    group: groupVersion(object.apiVersion).group,
    kind: object.kind,
    namespace: typeof own === 'string' && own !== '' ? own : namespace,
    name: object.metadata.name,
  };
}

/** `web/Deployment.apps/shop`; `ClusterRole.rbac.authorization.k8s.io/x` without a namespace. */
export function objectAddress({ group, kind, namespace, name }: ObjectId): string {
  const type = group === '' ? kind : `${kind}.${group}`;
  return namespace === '' ? `${type}/${name}` : `${namespace}/${type}/${name}`;
}

/** Labels or annotations of an object; those that are no texts are left out. */
export function metaTexts(object: KubeObject, field: 'labels' | 'annotations'): Record<string, string> {
  const value: JsonValue | undefined = object.metadata[field];
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** An object with more annotations: those of the same name are replaced, those that are no texts left out. */
export function withAnnotations(object: KubeObject, more: Readonly<Record<string, string>>): KubeObject {
  const annotations = { ...metaTexts(object, 'annotations'), ...more };
  return { ...object, metadata: { ...object.metadata, annotations } };
}
