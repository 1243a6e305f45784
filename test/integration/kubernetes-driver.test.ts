import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { sharedCluster } from '../support/kube-shared.ts';
import type { TestCluster } from '../support/kube-client.ts';
import { aKubernetesStack, changesOf, type KubernetesStack } from '../support/kubernetes-stack.ts';

const SETTINGS = (color: string, extra = '') => `apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  color: ${color}
${extra}`;

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  replicas: 0
  selector:
    matchLabels: { app: shop }
  template:
    metadata:
      labels: { app: shop }
    spec:
      containers:
        - name: web
          image: registry.example.com/shop:1
          ports: [{ containerPort: 8080 }]
          resources: { limits: { cpu: 1000m } }
`;

let cluster: TestCluster;
let shop: KubernetesStack;
beforeAll(async () => {
  cluster = await sharedCluster();
});
afterEach(async () => await shop.remove());

const start = async (files: Record<string, string>, more: Parameters<typeof aKubernetesStack>[2] = {}) =>
  (shop = await aKubernetesStack(cluster, files, more));

describe('a directory of manifests', () => {
  it('is created as planned, is clean afterwards, and stays so', async () => {
    await start({ 'settings.yaml': SETTINGS('red'), 'shop.yaml': DEPLOYMENT });
    expect(changesOf((await shop.plan()).plan)).toEqual([
      'create ConfigMap/settings pending',
      'create Deployment.apps/shop pending',
    ]);
    expect(await shop.apply()).toMatchObject({ status: 'applied' });
    expect(await shop.verify()).toMatchObject({ ok: true });
    const versions = async () =>
      (
        await shop.kubectl(
          'get',
          'configmap/settings',
          'deployment/shop',
          '-o',
          'jsonpath={.items[*].metadata.resourceVersion}',
        )
      )
        .split(' ')
        .toSorted();
    const before = await versions();
    for (let pass = 0; pass < 10; pass += 1) {
      expect((await shop.plan()).plan.changes).toEqual([]);
      expect(await shop.apply()).toMatchObject({ status: 'applied' });
    }
    expect(await versions()).toEqual(before);
  });

  it('finds what somebody changed by hand, says who, and repairs it', async () => {
    await start({ 'settings.yaml': SETTINGS('red'), 'shop.yaml': DEPLOYMENT });
    await shop.apply();
    await shop.edit('configmap/settings', 's/red/green/');
    const { plan } = await shop.plan();
    expect(changesOf(plan)).toEqual(['update ConfigMap/settings drift']);
    const [change] = plan.changes;
    expect(change?.attributes).toMatchObject([
      { pointer: '/data/color', before: 'red', after: 'green', cause: 'drift' },
    ]);
    expect(change?.changedBy).toMatchObject([{ manager: 'kubectl-edit', operation: 'Update' }]);
    expect(await shop.apply()).toMatchObject({ status: 'applied' });
    expect(await shop.kubectl('get', 'configmap/settings', '-o', 'jsonpath={.data.color}')).toBe('red');
    expect((await shop.plan()).plan.changes).toEqual([]);
  });

  it('finds what nobody declared: a container, and a key of a ConfigMap', async () => {
    await start({ 'settings.yaml': SETTINGS('red'), 'shop.yaml': DEPLOYMENT });
    await shop.apply();
    await shop.kubectl('patch', 'configmap/settings', '--patch', '{"data":{"size":"9"}}');
    const container = { name: 'miner', image: 'registry.example.com/miner:1' };
    const patch = JSON.stringify({
      spec: { template: { spec: { containers: [container], hostPID: true } } },
    });
    await shop.kubectl('patch', 'deployment/shop', '--patch', patch);
    const { plan } = await shop.plan();
    expect(changesOf(plan)).toEqual(['update ConfigMap/settings drift', 'update Deployment.apps/shop drift']);
    expect(plan.changes[0]?.attributes.map(({ pointer }) => pointer)).toEqual(['/data/size']);
    expect(plan.changes[1]?.attributes.map(({ pointer }) => pointer).toSorted()).toEqual([
      expect.stringMatching(/^\/spec\/template\/spec\/containers\/[01]$/),
      '/spec/template/spec/hostPID',
    ]);
    expect(await shop.apply()).toMatchObject({ status: 'applied' });
    expect((await shop.plan()).plan.changes).toEqual([]);
    const names = await shop.kubectl(
      'get',
      'deployment/shop',
      '-o',
      'jsonpath={.spec.template.spec.containers[*].name}',
    );
    expect(names).toBe('web');
  });

  it('tells what Git changed from what somebody else did', async () => {
    await start({ 'settings.yaml': SETTINGS('red', '  size: "1"\n'), 'shop.yaml': DEPLOYMENT });
    await shop.apply();
    await shop.write({ 'settings.yaml': SETTINGS('blue', '  size: "1"\n') });
    expect(changesOf((await shop.plan()).plan)).toEqual(['update ConfigMap/settings pending']);
    await shop.edit('configmap/settings', 's/size:.*/size:\\ \\"3\\"/');
    const { plan } = await shop.plan();
    expect(changesOf(plan)).toEqual(['update ConfigMap/settings both']);
    expect(plan.changes[0]?.attributes.map(({ pointer, cause }) => [pointer, cause])).toEqual([
      ['/data/color', 'pending'],
      ['/data/size', 'drift'],
    ]);
  });

  it('prunes what it applied and Git no longer has, and nothing else', async () => {
    await start({ 'settings.yaml': SETTINGS('red'), 'shop.yaml': DEPLOYMENT });
    await shop.apply();
    await shop.kubectl('create', 'configmap', 'stranger');
    await shop.write({ 'settings.yaml': '' });
    expect(changesOf((await shop.plan()).plan)).toEqual(['delete ConfigMap/settings pending']);
    expect(await shop.apply()).toMatchObject({ status: 'applied' });
    const left = await shop.kubectl('get', 'configmaps', '-o', 'name');
    expect(left).toContain('configmap/stranger');
    expect(left).not.toContain('configmap/settings');
    expect((await shop.plan()).plan.changes).toEqual([]);
  });

  it('keeps the problem of one object from hiding the others', async () => {
    await start({
      'settings.yaml': SETTINGS('red'),
      'service.yaml':
        'apiVersion: v1\nkind: Service\nmetadata: { name: shop }\nspec: { ports: [{ port: 99999 }] }\n',
    });
    const { plan } = await shop.plan();
    expect(changesOf(plan)).toEqual(['create ConfigMap/settings pending']);
    expect(plan.basis.problems).toMatchObject([{ code: 'kube_invalid' }]);
    expect(plan.basis.problems?.[0]?.message).toContain('apps/shop/service.yaml:1');
  });

  it('applies nothing when what is live has moved since the approval', async () => {
    await start({ 'settings.yaml': SETTINGS('red') });
    await shop.apply();
    await shop.edit('configmap/settings', 's/red/green/');
    const { plan } = await shop.plan();
    await shop.edit('configmap/settings', 's/green/grey/');
    expect(await shop.applyPlan(plan)).toMatchObject({ status: 'refused', code: 'digest_changed' });
    expect(await shop.kubectl('get', 'configmap/settings', '-o', 'jsonpath={.data.color}')).toBe('grey');
  });

  it('never shows a secret', async () => {
    const secret = (value: string) =>
      `apiVersion: v1\nkind: Secret\nmetadata: { name: key }\nstringData: { token: ${value} }\n`;
    await start({ 'key.yaml': secret('correct-horse-battery') });
    await shop.apply();
    expect((await shop.plan()).plan.changes).toEqual([]);
    await shop.write({ 'key.yaml': secret('staple-correct-horse') });
    const planned = await shop.plan();
    expect(changesOf(planned.plan)).toEqual(['update Secret/key pending']);
    const shown = JSON.stringify([planned.plan.changes, [...planned.artifacts.values()].map(String)]);
    for (const value of ['correct-horse-battery', 'staple-correct-horse'])
      for (const text of [value, Buffer.from(value).toString('base64')]) expect(shown).not.toContain(text);
  });

  it('leaves an object to the stack that has it', async () => {
    await start({ 'settings.yaml': SETTINGS('red') });
    await shop.apply();
    const other = await shop.beside('apps/other', { 'settings.yaml': SETTINGS('blue') });
    const { plan } = await other.plan();
    expect(plan.changes).toEqual([]);
    expect(plan.basis.problems).toMatchObject([{ code: 'owned_elsewhere' }]);
  });
});

describe('what an apply notes on objects', () => {
  const noted = async () =>
    JSON.parse(
      await shop.kubectl('get', 'configmap/settings', '-o', 'jsonpath={.metadata.annotations}'),
    ) as object;

  it('is commit, attempt, task and who agreed, and moves only together with something else', async () => {
    await start({ 'settings.yaml': SETTINGS('red') });
    const people = ['carol@example.com', 'bob@example.com'];
    const onBehalf = { taskId: 'infra:1', approvedBy: people };
    await shop.apply({ commit: 'c0ffee01', attemptId: 'attempt-1', onBehalf });
    expect(await noted()).toEqual({
      'plumbline.dev/commit': 'c0ffee01',
      'plumbline.dev/attempt': 'attempt-1',
      'plumbline.dev/task': 'infra:1',
      'plumbline.dev/approved-by': 'bob@example.com, carol@example.com',
    });
    expect((await shop.plan()).plan.changes).toEqual([]);
    await shop.apply({ commit: 'c0ffee02', attemptId: 'attempt-2' });
    expect(await noted()).toMatchObject({ 'plumbline.dev/commit': 'c0ffee01' });
    await shop.write({ 'settings.yaml': SETTINGS('blue') });
    const after = { commit: 'c0ffee03', attemptId: 'attempt-3' };
    await shop.apply({ ...after, onBehalf: { taskId: 'infra:3', approvedBy: [] } });
    expect(await noted()).toEqual({
      'plumbline.dev/commit': 'c0ffee03',
      'plumbline.dev/attempt': 'attempt-3',
      'plumbline.dev/task': 'infra:3',
    });
    expect((await shop.plan()).plan.changes).toEqual([]);
  });
});

describe('what says Prune=confirm', () => {
  it('is named in the plan that would delete it', async () => {
    const asks = SETTINGS('red').replace(
      'name: settings',
      'name: settings\n  annotations: { plumbline.dev/sync-options: Prune=confirm }',
    );
    await start({ 'settings.yaml': asks, 'shop.yaml': DEPLOYMENT });
    await shop.apply();
    expect((await shop.plan()).plan.basis.confirm).toBeUndefined();
    await shop.write({ 'settings.yaml': '', 'shop.yaml': '' });
    const { plan } = await shop.plan();
    expect(plan.basis.confirm).toEqual([`${shop.namespace}/ConfigMap/settings`]);
  });
});
