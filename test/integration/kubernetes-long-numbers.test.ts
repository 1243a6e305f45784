import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestCluster } from '../support/kube-client.ts';
import { sharedCluster } from '../support/kube-shared.ts';
import { type KubernetesStack, aKubernetesStack, changesOf } from '../support/kubernetes-stack.ts';

const crd = (group: string) => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: counters.${group} }
spec:
  group: ${group}
  scope: Namespaced
  names: { kind: Counter, listKind: CounterList, plural: counters, singular: counter }
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                count: { type: integer, format: int64 }
                note: { type: string }
`;
const counter = (group: string, count: string) =>
  `apiVersion: ${group}/v1\nkind: Counter\nmetadata: { name: one }\nspec:\n  count: ${count}\n  note: "9007199254740993"\n`;

let cluster: TestCluster;
let shop: KubernetesStack;
beforeAll(async () => {
  cluster = await sharedCluster();
});
afterEach(async () => await shop.remove());

describe('whole numbers that a double can’t hold', () => {
  it.each([
    ['a folder of manifests', {}],
    ['Kustomize', { 'kustomization.yaml': 'resources: [crd.yaml, counter.yaml]\n' }],
  ])('are the same to the last digit after a round trip, of %s', async (_, more) => {
    const group = `n${randomUUID()}.example.com`;
    const files = { 'crd.yaml': crd(group), 'counter.yaml': counter(group, '9007199254740993'), ...more };
    shop = await aKubernetesStack(cluster, files);
    const count = async () =>
      await shop.kubectl('get', `counters.${group}/one`, '-o', 'jsonpath={.spec.count} {.spec.note}');
    expect(await shop.apply()).toMatchObject({ status: 'applied' });
    expect(await count()).toBe('9007199254740993 9007199254740993');
    expect((await shop.plan()).plan.changes).toEqual([]);

    await shop.write({ 'counter.yaml': counter(group, '-9223372036854775807') });
    const { plan } = await shop.plan();
    expect(changesOf(plan)).toEqual([`update Counter.${group}/one pending`]);
    expect(plan.changes[0]?.attributes).toMatchObject([
      { pointer: '/spec/count', before: '9007199254740993', after: '-9223372036854775807' },
    ]);
    await shop.apply();
    expect(await count()).toBe('-9223372036854775807 9007199254740993');
    await shop.kubectl('delete', 'crd', `counters.${group}`, '--wait=false');
  });
});
