import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Stack } from '../../src/domain/stack.ts';
import type { Discovery, RemovedSource } from '../../src/drivers/driver.ts';
import { kubernetesDriver } from '../../src/drivers/kubernetes/index.ts';
import { toolEnv } from '../../src/util/exec-env.ts';
import type { TestCluster } from '../support/kube-client.ts';
import { sharedCluster } from '../support/kube-shared.ts';
import { aKubernetesStack, changesOf, type KubernetesStack } from '../support/kubernetes-stack.ts';

const QUIET = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const CONFIG = (name: string, more = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}${more} }\ndata: { color: red }\n`;
const SAYS = (option: string) => `, annotations: { plumbline.dev/sync-options: ${option} }`;

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
const tree = () => shop.site.bench.workTree;

/** What the newest commit has, and what is left of what it had. */
async function look(more: Partial<RemovedSource> = {}): Promise<Discovery & { found: Stack[] }> {
  const source = {
    repo: 'test',
    workTree: tree(),
    commit: 'c0ffee',
    include: [],
    exclude: [],
    options: shop.site.options,
    log: QUIET,
    baseEnv: toolEnv(process.env),
    signal: new AbortController().signal,
    ...more,
  };
  const { stacks: found } = await kubernetesDriver.discover(source);
  return { ...(await kubernetesDriver.removed!({ ...source, found })), found };
}

const left = async (): Promise<KubernetesStack> => {
  const { stacks } = await look();
  expect(stacks).toMatchObject([{ key: 'apps/shop', settings: { removed: 'true' } }]);
  return shop.as(stacks[0]!);
};
const names = async (namespace = shop.namespace) =>
  (await shop.kubectl('get', 'configmaps', '-n', namespace, '-o', 'name'))
    .trim()
    .split('\n')
    .filter((name) => name !== '' && !name.includes('kube-root-ca'));
const inventories = () => names(`${shop.namespace}-inventory`);

describe('a stack that is no longer in Git', () => {
  it('is found, planned as deletions, and gone with its inventory after the apply', async () => {
    await start({
      'a.yaml': CONFIG('a'),
      'b.yaml': CONFIG('b', SAYS('Prune=false')),
      'c.yaml': CONFIG('c', SAYS('Delete=false')),
    });
    await shop.beside('apps/other', { 'o.yaml': CONFIG('o') });
    expect(await look()).toMatchObject({ stacks: [], warnings: [] });
    await rm(join(tree(), 'apps/shop'), { recursive: true });
    const gone = await left();
    const { plan } = await gone.plan();
    expect(changesOf(plan)).toEqual(['delete ConfigMap/a pending']);
    expect(plan.basis).toMatchObject({ resources: 3, emptied: false });
    expect(plan.warnings[0]).toContain('apps/shop was removed from Git');
    expect(await gone.applyPlan(plan)).toMatchObject({ status: 'applied' });
    expect(await names()).toEqual(['configmap/b', 'configmap/c']);
    expect(await inventories()).toEqual([]);
    expect(await gone.verify()).toMatchObject({ ok: true });
    expect((await look()).stacks).toEqual([]);
  });

  it('leaves what a moved folder declares to that: nothing is deleted, and its inventory goes', async () => {
    await start({ 'a.yaml': CONFIG('a'), 'b.yaml': CONFIG('b') });
    await rename(join(tree(), 'apps/shop'), join(tree(), 'apps/store'));
    const gone = await left();
    const before = (await gone.plan()).plan;
    expect(before.changes).toEqual([]);
    expect(before.warnings).toContain(
      `${shop.namespace}/ConfigMap/a is declared by apps/store, which takes it over.`,
    );
    const moved = await shop.beside('apps/store', {});
    expect(await moved.apply()).toMatchObject({ status: 'applied' });
    expect(await names()).toEqual(['configmap/a', 'configmap/b']);
    expect(await inventories()).toHaveLength(1);
    expect((await look()).stacks).toEqual([]);
  });

  it('is pruned of what the moved folder no longer has', async () => {
    await start({ 'a.yaml': CONFIG('a'), 'b.yaml': CONFIG('b') });
    await rename(join(tree(), 'apps/shop'), join(tree(), 'apps/store'));
    const moved = await shop.beside('apps/store', { 'b.yaml': '' });
    expect(await moved.apply()).toMatchObject({ status: 'applied' });
    const gone = await left();
    expect(changesOf((await gone.plan()).plan)).toEqual(['delete ConfigMap/b pending']);
    expect(await gone.apply()).toMatchObject({ status: 'applied' });
    expect(await names()).toEqual(['configmap/a']);
    expect(await inventories()).toHaveLength(1);
  });

  it('ends with its inventory where nothing else is left of it', async () => {
    await start({ 'a.yaml': CONFIG('a') });
    await rm(join(tree(), 'apps/shop'), { recursive: true });
    await shop.kubectl('delete', 'configmap', 'a');
    const gone = await left();
    const { plan } = await gone.plan();
    expect(plan.changes).toMatchObject([
      { action: 'delete', address: expect.stringContaining('-inventory/ConfigMap/') },
    ]);
    expect(await gone.applyPlan(plan)).toMatchObject({ status: 'applied' });
    expect(await inventories()).toEqual([]);
  });

  it('is not what the config leaves out, nor another repository’s, nor anything while a neighbour or a definition can’t be read', async () => {
    await start({ 'a.yaml': CONFIG('a') });
    expect((await look({ exclude: ['apps/shop'] })).stacks).toEqual([]);
    await rm(join(tree(), 'apps/shop'), { recursive: true });
    expect((await look({ listed: ['apps/other'] })).stacks).toEqual([]);
    expect((await look({ repo: 'another' })).stacks).toEqual([]);

    const other = await shop.beside('apps/other', { 'o.yaml': CONFIG('o'), 'broken.yaml': 'kind: [' });
    const gone = await left();
    const { plan } = await gone.plan();
    expect(plan.changes).toEqual([]);
    expect(plan.warnings.join()).toContain(
      'Nothing of it is pruned as long as apps/other can’t be read'.replace('’', "'"),
    );
    await other.write({ 'broken.yaml': '' });
    expect(changesOf((await gone.plan()).plan)).toEqual(['delete ConfigMap/a pending']);

    await other.write({
      'app.yaml':
        'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: elsewhere, namespace: argocd }\nspec:\n  source: { repoURL: https://git.example.com/x.git, path: apps/other }\n  destination: { name: nowhere, namespace: default }\n',
    });
    const unsure = await look();
    expect(unsure.stacks).toEqual([]);
    expect(unsure.warnings.join()).toContain('Whether apps/shop was removed from Git');
  });
});
