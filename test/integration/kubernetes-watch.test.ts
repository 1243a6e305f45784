import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { WatchedStack } from '../../src/drivers/stack-watch.ts';
import { kubernetesDriver } from '../../src/drivers/kubernetes/index.ts';
import { toolEnv } from '../../src/util/exec-env.ts';
import { eventually } from '../support/eventually.ts';
import { sharedCluster } from '../support/kube-shared.ts';
import type { TestCluster } from '../support/kube-client.ts';
import { aKubernetesStack, type KubernetesStack, type StackChoices } from '../support/kubernetes-stack.ts';
import { testLog } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';

const watch = kubernetesDriver.watch!;

const SETTINGS = (color: string, extra = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {color: ${color}}\n${extra}`;
const SECRET = `apiVersion: v1\nkind: Secret\nmetadata: {name: key}\nstringData: {token: first}\n`;
const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 0
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
        - {name: web, image: 'registry.example.com/shop:1'}
`;
const FILES = { 'settings.yaml': SETTINGS('red'), 'key.yaml': SECRET, 'shop.yaml': DEPLOYMENT };

let cluster: TestCluster;
let shop: KubernetesStack;
let stop: (() => Promise<void>) | undefined;
beforeAll(async () => {
  cluster = await sharedCluster();
});
afterEach(async () => {
  await stop?.();
  stop = undefined;
  await shop.remove();
});

/** Watches the stack, and keeps what is told. */
async function follow(choices: { scannedAt?: string | null; settings?: Record<string, string> } = {}) {
  const told: string[] = [];
  const troubles: (string | null)[] = [];
  const ending = new AbortController();
  let alive = 0;
  const repo = 'test';
  const stack: WatchedStack = {
    ...shop.stack,
    settings: { ...shop.stack.settings, ...choices.settings },
    repo,
    status: 'in_sync',
    scannedAt: choices.scannedAt ?? null,
  };
  const stacks = [stack];
  const following = watch.follow('test', {
    stacks: () => stacks,
    options: shop.site.options,
    baseEnv: toolEnv(process.env),
    log: testLog(),
    signal: ending.signal,
    onChange: ({ key }) => told.push(key),
    onAlive: () => (alive += 1),
    onTrouble: (failure) => troubles.push(failure?.code ?? null),
  });
  stop = async () => {
    ending.abort();
    await following.ended;
  };
  // Of the inventories, and of three types.
  await waitFor('all watches', () => troubles.length >= 4);
  return { told, troubles, take: () => following.take(stack).map(bare), alive: () => alive };
}

const bare = (address: string) => address.replace(/^[^/]+\//, '');

async function start(choices: StackChoices = {}) {
  shop = await aKubernetesStack(cluster, FILES, choices);
  expect(await shop.apply()).toMatchObject({ status: 'applied' });
}

/** A change of ours that comes last: when it was told of, all that came before it was, too. */
async function barrier(told: string[], take: () => string[]): Promise<string[]> {
  const before = told.length;
  await shop.kubectl('label', 'configmap/settings', `barrier=${String(Math.random()).slice(2)}`);
  await waitFor('the barrier', () => told.length > before);
  return take().filter((address) => address !== 'ConfigMap/settings');
}

describe('a watch of a stack’s objects', () => {
  it('tells of what somebody changed by hand, whatever it was, once', async () => {
    await start();
    const { told, take } = await follow();
    expect(take()).toEqual([]);
    await shop.kubectl('patch', 'configmap/settings', '-p', '{"data":{"color":"green"}}');
    await waitFor('the change', () => told.length > 0);
    expect(take()).toEqual(['ConfigMap/settings']);
    expect(take()).toEqual([]);
    await shop.kubectl('patch', 'secret/key', '-p', '{"stringData":{"token":"second"}}');
    await eventually(take).toEqual(['Secret/key']);
    await shop.kubectl('patch', 'configmap/settings', '-p', '{"data":{"extra":"1"}}');
    await eventually(take).toEqual(['ConfigMap/settings']);
    await shop.kubectl('patch', 'configmap/settings', '-p', '{"data":{"color":null}}');
    await eventually(take).toEqual(['ConfigMap/settings']);
    await shop.kubectl('delete', 'deployment/shop');
    await eventually(take).toEqual(['Deployment.apps/shop']);
    await shop.kubectl('label', 'secret/key', 'plumbline.dev/stack-');
    await eventually(take).toEqual(['Secret/key']);
  });

  it('tells of nothing that Plumbline itself has done: changes, prunes, what it makes anew and takes away', async () => {
    await start();
    const { told, take } = await follow();
    await shop.write({
      'settings.yaml': SETTINGS('blue'),
      'more.yaml': SETTINGS('x').replace('settings', 'more'),
    });
    expect(await shop.apply()).toMatchObject({ status: 'applied' });
    await shop.write({ 'more.yaml': '' });
    expect(await shop.apply()).toMatchObject({ status: 'applied' });
    const anew = 'metadata: {name: shop, annotations: {plumbline.dev/sync-options: Force=true}}';
    const other = DEPLOYMENT.replaceAll('app: shop', 'app: other').replace('metadata: {name: shop}', anew);
    await shop.write({ 'shop.yaml': other });
    expect(await shop.apply()).toMatchObject({ status: 'applied' });
    expect(await barrier(told, take)).toEqual([]);
    await shop.kubectl('patch', 'configmap/settings', '-p', '{"data":{"extra":"1"}}');
    await shop.kubectl('delete', 'secret/key');
    await eventually(() => new Set(told).size).toBe(1);
    await waitFor('both', async () => (await shop.plan()).plan.changes.length === 2);
    expect(await shop.apply()).toMatchObject({ status: 'applied' });
    // What was told is over by the time that somebody asks.
    await eventually(take).toEqual([]);
    expect(await barrier(told, take)).toEqual([]);
  });

  it('tells of nothing that is noise: status, metadata of the server, fields of controllers, what is ignored', async () => {
    await start({
      options: {
        ignore_differences: [{ kind: 'ConfigMap', json_pointers: ['/data/seen'] }],
        watch: true,
      },
    });
    const { told, take } = await follow();
    await shop.kubectl('scale', 'deployment/shop', '--replicas=0');
    const path = `/apis/apps/v1/namespaces/${shop.namespace}/deployments/shop`;
    await cluster.must('PATCH', `${path}/status?fieldManager=kubelet`, {
      contentType: 'application/merge-patch+json',
      body: { status: { readyReplicas: 0, observedGeneration: 9 } },
    });
    await cluster.must('PATCH', `${path}/scale?fieldManager=horizontal-pod-autoscaler`, {
      contentType: 'application/merge-patch+json',
      body: { spec: { replicas: 3 } },
    });
    await shop.kubectl('patch', 'configmap/settings', '-p', '{"data":{"seen":"yesterday"}}');
    await shop.kubectl('create', 'configmap', 'a-strangers');
    const before = told.length;
    expect(await barrier(told, take)).toEqual([]);
    expect(before).toBe(0);
  });

  it.each<[string, object, string[]]>([
    ['ignores', { kind: 'ConfigMap', name: 'other', jsonPointers: ['/data/color'] }, []],
    ['has no usable rule for', { kind: 'ConfigMap', name: 'other' }, ['ConfigMap/other']],
  ])('goes by what the definition of its stack %s', async (_, rule, expected) => {
    await start();
    await shop.write({ 'other.yaml': SETTINGS('red').replace('settings', 'other') });
    expect(await shop.apply()).toMatchObject({ status: 'applied' });
    const { told, take } = await follow({ settings: { ignore_differences: JSON.stringify([rule]) } });
    await shop.kubectl('patch', 'configmap/other', '-p', '{"data":{"color":"green"}}');
    expect(await barrier(told, take)).toEqual(expected);
  });

  it('tells of what was changed and deleted while nobody watched, and of nothing else', async () => {
    await start();
    await shop.kubectl('rollout', 'restart', 'deployment/shop');
    // Managed fields know seconds.
    const scannedAt = new Date(Date.now() + 1000).toISOString();
    await waitFor('the next second', () => Date.now() > Date.parse(scannedAt) + 1000);
    await shop.kubectl('patch', 'configmap/settings', '-p', '{"data":{"color":"green"}}');
    await shop.kubectl('delete', 'secret/key');
    const { take } = await follow({ scannedAt });
    await eventually(() => take()).toEqual(['ConfigMap/settings', 'Secret/key']);
    await stop?.();
    const later = await follow({ scannedAt: new Date(Date.now() + 1000).toISOString() });
    // What is missing is told of again by each worker that begins.
    expect(later.take()).toEqual(['Secret/key']);
  });

  it('outlives a namespace that is deleted, and watches objects of stacks and kinds that come later', async () => {
    await start();
    const { take } = await follow();
    await shop.write({
      'settings.yaml': `${SETTINGS('red')}---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web}\n`,
    });
    expect(await shop.apply()).toMatchObject({ status: 'applied' });
    await waitFor('the watch of the new kind', async () => {
      await shop.kubectl('annotate', '--overwrite', 'serviceaccount/web', `at=${Date.now()}`);
      return take().includes('ServiceAccount/web');
    });
    await shop.kubectl('delete', 'namespace', shop.namespace, '--wait=false');
    await eventually(() => take()).toContain('ConfigMap/settings');
  });

  it('says what it may not watch, and watches the rest', async () => {
    const rights = [
      { apiGroups: [''], resources: ['configmaps', 'namespaces'], verbs: ['*'], clusterWide: true },
      { apiGroups: ['apps'], resources: ['deployments'], verbs: ['*'] },
      { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'create', 'patch', 'update', 'delete'] },
    ];
    shop = await aKubernetesStack(cluster, FILES, { rights });
    expect((await shop.apply()).status).toBe('applied');
    const { take, troubles } = await follow();
    await eventually(() => troubles).toContain('kube_forbidden');
    await shop.kubectl('patch', 'configmap/settings', '-p', '{"data":{"color":"green"}}');
    await eventually(take).toEqual(['ConfigMap/settings']);
  });
});
