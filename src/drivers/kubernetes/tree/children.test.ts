import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../kube/object.ts';
import { childrenOf } from './children.ts';

function anObject(
  kind: string,
  name: string,
  owners: { uid: string; controller?: boolean }[],
  spec = {},
): KubeObject {
  const apiVersion = kind === 'Pod' ? 'v1' : 'apps/v1';
  const metadata = {
    name,
    namespace: 'shop',
    uid: name,
    ownerReferences: owners.map((owner) => ({ ...owner })),
  };
  return { apiVersion, kind, metadata, spec };
}

const ROOTS = new Map([['web', 'shop/Deployment.apps/web']]);
const addresses = (objects: KubeObject[], roots = ROOTS) =>
  childrenOf(roots, objects).map(({ address, parent }) => `${parent} > ${address}`);

describe('the children of objects', () => {
  it('are found at every remove, parents first, whatever order they come in', () => {
    const set = anObject('ReplicaSet', 'web-1', [{ uid: 'web', controller: true }], { replicas: 2 });
    const pods = ['web-1-b', 'web-1-a'].map((name) => anObject('Pod', name, [{ uid: 'web-1' }]));
    expect(addresses([...pods, set])).toEqual([
      'shop/Deployment.apps/web > shop/ReplicaSet.apps/web-1',
      'shop/ReplicaSet.apps/web-1 > shop/Pod/web-1-a',
      'shop/ReplicaSet.apps/web-1 > shop/Pod/web-1-b',
    ]);
  });

  it('are those of whoever controls them', () => {
    const pod = anObject('Pod', 'p', [{ uid: 'other' }, { uid: 'web', controller: true }]);
    const foreign = anObject('Pod', 'q', [{ uid: 'web' }, { uid: 'other', controller: true }]);
    expect(addresses([pod, foreign])).toEqual(['shop/Deployment.apps/web > shop/Pod/p']);
  });

  it('leave out what nobody of the stack owns, and earlier revisions that are empty', () => {
    const empty = anObject('ReplicaSet', 'web-0', [{ uid: 'web' }], { replicas: 0 });
    const leaving = anObject('ReplicaSet', 'web-1', [{ uid: 'web' }], { replicas: 0 });
    const left = anObject('Pod', 'web-1-a', [{ uid: 'web-1' }]);
    expect(addresses([empty, leaving, left, anObject('Pod', 'alone', [])])).toEqual([
      'shop/Deployment.apps/web > shop/ReplicaSet.apps/web-1',
      'shop/ReplicaSet.apps/web-1 > shop/Pod/web-1-a',
    ]);
  });

  it('end where owners go round in a circle', () => {
    const circle = [anObject('Pod', 'a', [{ uid: 'web' }]), anObject('Pod', 'web', [{ uid: 'a' }])];
    expect(addresses(circle)).toEqual(['shop/Deployment.apps/web > shop/Pod/a']);
  });
});
