import type { ObjectId } from '../../../kube/object.ts';

/**
 * The order of kinds within a wave, Argo CD's
 * (https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/, `kindOrder` of its sync engine, which took it from Helm).
 */
const KIND_ORDER: readonly string[] = [
  'Namespace',
  'NetworkPolicy',
  'ResourceQuota',
  'LimitRange',
  'PodSecurityPolicy',
  'PodDisruptionBudget',
  'ServiceAccount',
  'Secret',
  'SecretList',
  'ConfigMap',
  'StorageClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'CustomResourceDefinition',
  'ClusterRole',
  'ClusterRoleList',
  'ClusterRoleBinding',
  'ClusterRoleBindingList',
  'Role',
  'RoleList',
  'RoleBinding',
  'RoleBindingList',
  'Service',
  'DaemonSet',
  'Pod',
  'ReplicationController',
  'ReplicaSet',
  'Deployment',
  'HorizontalPodAutoscaler',
  'StatefulSet',
  'Job',
  'CronJob',
  'Ingress',
  'APIService',
];

const RANKS: ReadonlyMap<string, number> = new Map(KIND_ORDER.map((kind, index) => [kind, index]));

/** Where a kind stands within its wave; all that are not in the list come last, together. */
export function kindRank(kind: string): number {
  return RANKS.get(kind) ?? KIND_ORDER.length;
}

/**
 * The steps of a wave, Flux's (https://fluxcd.io/flux/components/kustomize/kustomizations/#reconciliation: CRDs, namespaces
 * and cluster roles first, then the kinds that end in `Class`, then everything else).
 */
export const STEPS = ['definitions', 'classes', 'objects'] as const;

export type Step = (typeof STEPS)[number];

/** In which step of its wave an object is written. */
export function stepOf(id: ObjectId): Step {
  if (isNamespace(id) || isCrd(id) || (id.kind === 'ClusterRole' && id.group === RBAC)) return 'definitions';
  return id.kind.endsWith('Class') ? 'classes' : 'objects';
}

const RBAC = 'rbac.authorization.k8s.io';

export function isNamespace({ group, kind }: ObjectId): boolean {
  return group === '' && kind === 'Namespace';
}

export function isCrd({ group, kind }: ObjectId): boolean {
  return group === 'apiextensions.k8s.io' && kind === 'CustomResourceDefinition';
}

/** By code units, as Argo CD sorts names: the same on every machine. */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
