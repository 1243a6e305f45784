import { groupVersion, metaTexts, type KubeObject } from '../../../kube/object.ts';
import { kindName } from '../../../kube/paths.ts';
import { listAt } from '../health/fields.ts';
import { INVENTORY_LABEL, STACK_LABEL } from '../labels.ts';

/** What Kubernetes puts into every namespace by itself, by kind and name. */
const EVERYWHERE: ReadonlySet<string> = new Set([
  'ConfigMap/kube-root-ca.crt',
  'ConfigMap/openshift-service-ca.crt',
  'ServiceAccount/default',
]);
/** The API server's own. */
const OF_THE_SERVER = 'default/Service/kubernetes';

/**
 * Whether an object of a stack's namespace is one that nobody declared: no stack's, no other object's child, and nothing that
 * every namespace has.
 */
export function isOrphan(object: KubeObject, declared: ReadonlySet<string>, address: string): boolean {
  if (declared.has(address) || address === OF_THE_SERVER) return false;
  const labels = metaTexts(object, 'labels');
  if (labels[STACK_LABEL] !== undefined || labels[INVENTORY_LABEL] !== undefined) return false;
  if (listAt(object, 'metadata', 'ownerReferences').length > 0) return false;
  const annotations = metaTexts(object, 'annotations');
  // The token of a ServiceAccount is its controller's.
  if (annotations['kubernetes.io/service-account.uid'] !== undefined) return false;
  const name = kindName({ ...groupVersion(object.apiVersion), kind: object.kind });
  return !EVERYWHERE.has(`${name}/${object.metadata.name}`);
}
