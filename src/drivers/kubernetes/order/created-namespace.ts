import type { JsonObject } from '../../../domain/json.ts';
import { type KubeObject, objectId } from '../../../kube/object.ts';
import { isNamespace } from './kind-order.ts';

/**
 * The namespace that `CreateNamespace=true` asks for, or null where the stack brings it itself or has none. It is no object
 * of the stack: created where it is missing, never changed and never pruned, as in Argo CD
 * (https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#create-namespace).
 *
 * @param more labels and annotations that it gets
 */
export function createdNamespace(
  namespace: string,
  objects: readonly KubeObject[],
  more: JsonObject = {},
): KubeObject | null {
  if (namespace === '') return null;
  const own = objects
    .map((object) => objectId(object))
    .some((id) => isNamespace(id) && id.name === namespace);
  return own ? null : { apiVersion: 'v1', kind: 'Namespace', metadata: { ...more, name: namespace } };
}
