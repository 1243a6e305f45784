import type { ResourceType } from './cluster.ts';
import type { ObjectId } from './object.ts';

/** Where the objects of a type are: of one namespace, or of all with an empty one. */
export function collectionPath(type: ResourceType, namespace = ''): string {
  const { group, version, plural, namespaced } = type;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return namespaced && namespace !== ''
    ? `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`
    : `${root}/${plural}`;
}

/** Where an object is. */
export function objectPath(
  type: ResourceType,
  { namespace, name }: Pick<ObjectId, 'namespace' | 'name'>,
): string {
  return `${collectionPath(type, namespace)}/${encodeURIComponent(name)}`;
}

/** `apps/v1`, `v1`. */
export function apiVersionOf({ group, version }: Pick<ResourceType, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** `Deployment.apps`, `Service`. */
export function kindName({ group, kind }: { group: string; kind: string }): string {
  return group === '' ? kind : `${kind}.${group}`;
}
