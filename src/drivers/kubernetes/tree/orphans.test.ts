import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../kube/object.ts';
import { isOrphan } from './orphans.ts';

const anObject = (kind: string, name: string, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'shop', ...metadata },
});
const DECLARED = new Set(['shop/ConfigMap/ours']);

describe('objects that nobody declared', () => {
  it.each([
    { title: 'one that somebody made by hand', object: anObject('ConfigMap', 'by-hand'), is: true },
    { title: 'one of the stack', object: anObject('ConfigMap', 'ours'), is: false },
    {
      title: 'one of another stack',
      object: anObject('ConfigMap', 'theirs', { labels: { 'plumbline.dev/stack': 's-1' } }),
      is: false,
    },
    {
      title: 'a part of an inventory',
      object: anObject('ConfigMap', 'inventory-s-1', { labels: { 'plumbline.dev/inventory': '0' } }),
      is: false,
    },
    {
      title: 'what another object has made',
      object: anObject('Pod', 'web-1', { ownerReferences: [{ kind: 'ReplicaSet', name: 'web' }] }),
      is: false,
    },
    {
      title: "the cluster's root certificates",
      object: anObject('ConfigMap', 'kube-root-ca.crt'),
      is: false,
    },
    { title: 'the default account', object: anObject('ServiceAccount', 'default'), is: false },
    { title: 'a Secret called default', object: anObject('Secret', 'default'), is: true },
    {
      title: "an account's token",
      object: anObject('Secret', 't', { annotations: { 'kubernetes.io/service-account.uid': 'u' } }),
      is: false,
    },
  ])('$title: $is', ({ object, is }) => {
    expect(isOrphan(object, DECLARED, `shop/${object.kind}/${object.metadata.name}`)).toBe(is);
  });
});
