import { isJsonObject } from '../../../domain/json.ts';
import type { KubeObject, ObjectId } from '../../../kube/object.ts';
import { isCrd, isNamespace } from './kind-order.ts';

/** An object whose place is looked for. */
export interface Placed {
  id: ObjectId;
  object: KubeObject;
}

/**
 * What an object offers to others: a namespace its name, a CRD its kind. null for all other objects.
 * Both offer and needs are keys that only equal each other.
 */
export function offerOf({ id, object }: Placed): string | null {
  if (isNamespace(id)) return namespaceKey(id.name);
  if (!isCrd(id)) return null;
  const spec = object['spec'];
  const names = isJsonObject(spec) ? spec['names'] : undefined;
  if (!isJsonObject(spec) || !isJsonObject(names)) return null;
  const { group } = spec;
  const { kind } = names;
  return typeof group === 'string' && typeof kind === 'string' ? kindKey(group, kind) : null;
}

/** What an object can't be without: its namespace and the definition of its kind, where a stack has them. */
export function needsOf({ id }: Placed): string[] {
  return [...(id.namespace === '' ? [] : [namespaceKey(id.namespace)]), kindKey(id.group, id.kind)];
}

function namespaceKey(name: string): string {
  return `namespace ${name}`;
}

function kindKey(group: string, kind: string): string {
  return `kind ${kind}.${group}`;
}
