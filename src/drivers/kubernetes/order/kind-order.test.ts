import { describe, expect, it } from 'vitest';
import { kindRank, stepOf, type Step } from './kind-order.ts';

/** Argo CD's order of kinds, which stands in no page of its documentation but in the source that it links to. */
const ARGO_CD =
  'Namespace NetworkPolicy ResourceQuota LimitRange PodSecurityPolicy PodDisruptionBudget ServiceAccount Secret SecretList ' +
  'ConfigMap StorageClass PersistentVolume PersistentVolumeClaim CustomResourceDefinition ClusterRole ClusterRoleList ' +
  'ClusterRoleBinding ClusterRoleBindingList Role RoleList RoleBinding RoleBindingList Service DaemonSet Pod ' +
  'ReplicationController ReplicaSet Deployment HorizontalPodAutoscaler StatefulSet Job CronJob Ingress APIService';

describe('the order of kinds', () => {
  it('is Argo CD’s, and all others come after it, side by side', () => {
    const kinds = ARGO_CD.split(' ');
    const others = ['Widget', 'Certificate', 'IngressClass', 'ValidatingWebhookConfiguration'];
    expect([...kinds, 'Widget'].toReversed().toSorted((a, b) => kindRank(a) - kindRank(b))).toEqual([
      ...kinds,
      'Widget',
    ]);
    expect(new Set(kinds.map(kindRank)).size).toBe(kinds.length);
    expect(new Set(others.map(kindRank)).size).toBe(1);
  });
});

describe('the steps of a wave', () => {
  it.each<[string, string, Step]>([
    ['', 'Namespace', 'definitions'],
    ['apiextensions.k8s.io', 'CustomResourceDefinition', 'definitions'],
    ['rbac.authorization.k8s.io', 'ClusterRole', 'definitions'],
    ['rbac.authorization.k8s.io', 'ClusterRoleBinding', 'objects'],
    ['rbac.authorization.k8s.io', 'Role', 'objects'],
    ['storage.k8s.io', 'StorageClass', 'classes'],
    ['networking.k8s.io', 'IngressClass', 'classes'],
    ['gateway.networking.k8s.io', 'GatewayClass', 'classes'],
    ['scheduling.k8s.io', 'PriorityClass', 'classes'],
    ['example.com', 'Namespace', 'objects'],
    ['example.com', 'ClassRoom', 'objects'],
    ['', 'ConfigMap', 'objects'],
    ['apps', 'Deployment', 'objects'],
  ])('are Flux’s: %s %s is among the %s', (group, kind, step) => {
    expect(stepOf({ group, kind, namespace: '', name: 'x' })).toBe(step);
  });
});
