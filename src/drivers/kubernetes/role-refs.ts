import { isJsonObject } from '../../domain/json.ts';
import { textOf } from '../../kube/fields.ts';
import type { KubeObject, ObjectId } from '../../kube/object.ts';

const RBAC = 'rbac.authorization.k8s.io';

/**
 * The role that a binding names: for anybody who may not `bind` all roles, the API server looks it up before it makes the
 * binding, in dry runs, too. null for everything that is no binding.
 */
export function roleNeededBy({ id, object }: { id: ObjectId; object: KubeObject }): string | null {
  if (id.group !== RBAC || (id.kind !== 'RoleBinding' && id.kind !== 'ClusterRoleBinding')) return null;
  const ref = object['roleRef'];
  if (!isJsonObject(ref)) return null;
  const kind = textOf(ref, 'kind');
  return roleKey({ kind, namespace: kind === 'Role' ? id.namespace : '', name: textOf(ref, 'name') });
}

/** The role that an object is; null for everything that is none. Equal to what `roleNeededBy` gives for its bindings. */
export function roleOfferedBy({ id }: { id: ObjectId }): string | null {
  if (id.group !== RBAC || (id.kind !== 'Role' && id.kind !== 'ClusterRole')) return null;
  return roleKey(id);
}

function roleKey({ kind, namespace, name }: Pick<ObjectId, 'kind' | 'namespace' | 'name'>): string {
  return `${kind} ${namespace}/${name}`;
}
