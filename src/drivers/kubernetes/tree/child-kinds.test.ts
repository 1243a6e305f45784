import { describe, expect, it } from 'vitest';
import type { ResourceType } from '../../../kube/cluster.ts';
import { childTypes, orphanTypes } from './child-kinds.ts';

const type = (group: string, kind: string, namespaced = true): ResourceType => ({
  group,
  kind,
  namespaced,
  version: 'v1',
  plural: `${kind.toLowerCase()}s`,
  verbs: ['list', 'create'],
});
const SERVED = [
  type('', 'Pod'),
  type('', 'ConfigMap'),
  type('', 'Event'),
  type('', 'Node', false),
  type('apps', 'ReplicaSet'),
  type('batch', 'Job'),
  type('coordination.k8s.io', 'Lease'),
  type('acme.cert-manager.io', 'Order'),
];
const kinds = (types: readonly ResourceType[]) => types.map(({ kind }) => kind);

describe('the types of which children are listed', () => {
  it.each([
    { of: [{ group: '', kind: 'ConfigMap' }], are: [] },
    { of: [{ group: 'apps', kind: 'Deployment' }], are: ['Pod', 'ReplicaSet'] },
    { of: [{ group: 'batch', kind: 'CronJob' }], are: ['Pod', 'Job'] },
    { of: [{ group: 'networking.k8s.io', kind: 'Ingress' }], are: [] },
    {
      of: [{ group: 'cert-manager.io', kind: 'Certificate' }],
      are: ['Pod', 'ConfigMap', 'ReplicaSet', 'Job', 'Order'],
    },
  ])('are $are for $of', ({ of, are }) => {
    expect(kinds(childTypes(of, SERVED))).toEqual(are);
  });

  it('are all those of namespaces for orphans, without what is made in numbers', () => {
    expect(kinds(orphanTypes(SERVED))).toEqual(['Pod', 'ConfigMap', 'ReplicaSet', 'Job', 'Order']);
  });
});
