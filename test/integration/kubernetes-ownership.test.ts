import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestCluster } from '../support/kube-client.ts';
import { sharedCluster } from '../support/kube-shared.ts';
import { aKubernetesStack, changesOf, type KubernetesStack } from '../support/kubernetes-stack.ts';

const CONFIG = (name: string, color = 'red') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { color: ${color} }\n`;

let cluster: TestCluster;
let shop: KubernetesStack;
beforeAll(async () => {
  cluster = await sharedCluster();
});
afterEach(async () => await shop.remove());

const start = async (files: Record<string, string>) => {
  shop = await aKubernetesStack(cluster, files);
  expect(await shop.apply()).toMatchObject({ status: 'applied' });
};
const configMaps = async () =>
  (await shop.kubectl('get', 'configmaps', '-o', 'name'))
    .trim()
    .split('\n')
    .filter((name) => !name.includes('kube-root-ca'));
const inventories = async () =>
  await shop.kubectl('delete', 'configmaps', '--all', '-n', `${shop.namespace}-inventory`);

describe('whose an object is', () => {
  it('goes with the folder of its stack: all is taken over, and nothing is pruned that is wanted', async () => {
    await start({ 'a.yaml': CONFIG('a'), 'b.yaml': CONFIG('b') });
    await rm(join(shop.site.bench.workTree, 'apps/shop'), { recursive: true });
    const moved = await shop.beside('apps/store', { 'a.yaml': CONFIG('a'), 'b.yaml': CONFIG('b') });
    const { plan } = await moved.plan();
    expect(changesOf(plan)).toEqual(['update ConfigMap/a pending', 'update ConfigMap/b pending']);
    expect(plan.warnings[0]).toContain('is taken over from apps/shop, which is no longer in this repository');
    expect(await moved.applyPlan(plan)).toMatchObject({ status: 'applied' });
    expect((await moved.plan()).plan).toMatchObject({ changes: [], warnings: [] });

    // Another stack that comes to the old folder finds an inventory there, and none of it is its own.
    await shop.write({ 'c.yaml': CONFIG('c') });
    const { plan: later } = await shop.plan();
    expect(changesOf(later)).toEqual(['create ConfigMap/c pending']);
    expect(await shop.applyPlan(later)).toMatchObject({ status: 'applied' });
    expect(await configMaps()).toEqual(['configmap/a', 'configmap/b', 'configmap/c']);
  });

  it('stays with its stack while that has it, and can be handed over without being deleted', async () => {
    await start({ 'a.yaml': CONFIG('a'), 'b.yaml': CONFIG('b') });
    const other = await shop.beside('apps/other', { 'a.yaml': CONFIG('a', 'blue'), 'c.yaml': CONFIG('c') });
    await expect(other.apply()).rejects.toMatchObject({ code: 'plan_incomplete' });
    expect((await other.plan()).plan.basis.problems).toMatchObject([
      { address: `${shop.namespace}/ConfigMap/a`, code: 'owned_elsewhere' },
    ]);
    expect(await shop.kubectl('get', 'configmap/a', '-o', 'jsonpath={.data.color}')).toBe('red');

    const kept = CONFIG('a').replace(
      'name: a',
      'name: a, annotations: { plumbline.dev/sync-options: Prune=false }',
    );
    await shop.write({ 'a.yaml': kept });
    await shop.apply();
    await shop.write({ 'a.yaml': '' });
    await shop.apply();
    const { plan } = await other.plan();
    expect(plan.basis.problems).toBeUndefined();
    expect(changesOf(plan)).toEqual(['update ConfigMap/a pending', 'create ConfigMap/c pending']);
    expect(await other.applyPlan(plan)).toMatchObject({ status: 'applied' });
    expect(await shop.apply()).toMatchObject({ status: 'applied' });
    expect(await configMaps()).toEqual(['configmap/a', 'configmap/b', 'configmap/c']);
  });

  it('is not known without an inventory: nothing is pruned, and what is wanted is noted anew', async () => {
    await start({ 'a.yaml': CONFIG('a'), 'b.yaml': CONFIG('b') });
    await inventories();
    await shop.write({ 'b.yaml': '' });
    expect((await shop.plan()).plan.changes).toEqual([]);
    expect(await shop.apply()).toMatchObject({ status: 'applied' });
    expect(await configMaps()).toEqual(['configmap/a', 'configmap/b']);
    await shop.write({ 'a.yaml': '', 'c.yaml': CONFIG('c') });
    expect(changesOf((await shop.plan()).plan)).toEqual([
      'delete ConfigMap/a pending',
      'create ConfigMap/c pending',
    ]);
  });

  it('is not in doubt because a manifest can’t be read: nothing is pruned until it can', async () => {
    await start({ 'a.yaml': CONFIG('a'), 'b.yaml': CONFIG('b') });
    await shop.write({ 'b.yaml': 'kind: [', 'c.yaml': CONFIG('c') });
    const { plan } = await shop.plan();
    expect(changesOf(plan)).toEqual(['create ConfigMap/c pending']);
    expect(plan.basis.problems).toHaveLength(1);
    expect(plan.warnings).toContain('Nothing is pruned as long as a part of the source can’t be read.');
    await expect(shop.applyPlan(plan)).rejects.toMatchObject({ code: 'plan_incomplete' });
    expect(await configMaps()).toEqual(['configmap/a', 'configmap/b']);
    await shop.write({ 'b.yaml': '', 'c.yaml': '' });
    expect(changesOf((await shop.plan()).plan)).toEqual(['delete ConfigMap/b pending']);
  });
});
