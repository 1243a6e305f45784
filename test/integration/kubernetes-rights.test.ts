import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AccountRule, TestCluster } from '../support/kube-client.ts';
import { startKubeCluster } from '../support/kube-cluster.ts';
import { sharedCluster } from '../support/kube-shared.ts';
import { aKubernetesStack, changesOf, type KubernetesStack } from '../support/kubernetes-stack.ts';

const SETTINGS = (name: string, color = 'red') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { color: ${color} }\n`;
const SECRET = 'apiVersion: v1\nkind: Secret\nmetadata: { name: key }\nstringData: { token: "1234567" }\n';

/** What every plan reads, whatever is in the stack: which cluster it is, and the inventories. */
const OWN: readonly AccountRule[] = [
  { apiGroups: [''], resources: ['namespaces'], verbs: ['get'], clusterWide: true },
];
const configMaps = (...verbs: string[]): AccountRule => ({
  apiGroups: [''],
  resources: ['configmaps'],
  verbs,
  clusterWide: true,
});
const secrets = (...verbs: string[]): AccountRule => ({ apiGroups: [''], resources: ['secrets'], verbs });

let cluster: TestCluster;
let shop: KubernetesStack;
beforeAll(async () => {
  cluster = await sharedCluster();
});
afterEach(async () => await shop.remove());

describe('a plan of somebody with few rights', () => {
  it('compares in the client what may not be patched, and says so once', async () => {
    const rights = [...OWN, configMaps('get', 'list'), secrets('get', 'list', 'patch', 'create')];
    shop = await aKubernetesStack(
      cluster,
      { 'a.yaml': SETTINGS('a'), 'b.yaml': SETTINGS('b'), 'c.yaml': SETTINGS('c'), 'key.yaml': SECRET },
      { rights },
    );
    await shop.kubectl('create', 'configmap', 'a', '--from-literal=color=green');
    await shop.kubectl('create', 'configmap', 'b', '--from-literal=color=red');
    const { plan } = await shop.plan();
    expect(changesOf(plan)).toEqual([
      'update ConfigMap/a pending',
      'update ConfigMap/b pending',
      'create ConfigMap/c pending',
      'create Secret/key pending',
    ]);
    expect(plan.changes[0]?.attributes.map(({ pointer }) => pointer)).toContain('/data/color');
    expect(plan.changes[1]?.attributes.map(({ pointer }) => pointer)).not.toContain('/data/color');
    expect(plan.basis.problems).toBeUndefined();
    expect(plan.warnings).toEqual([
      `The right to patch or create is missing for ${shop.namespace}/ConfigMap/a and 2 more: compared in the client, which knows neither the server's defaults nor its admission.`,
    ]);
  });

  it('has a problem for each object that may not be read, and plans the others', async () => {
    const rights = [...OWN, configMaps('get', 'list', 'patch', 'create')];
    shop = await aKubernetesStack(cluster, { 'a.yaml': SETTINGS('a'), 'key.yaml': SECRET }, { rights });
    const { plan } = await shop.plan();
    expect(changesOf(plan)).toEqual(['create ConfigMap/a pending']);
    expect(plan.basis.problems).toMatchObject([
      { address: `${shop.namespace}/Secret/key`, code: 'kube_forbidden' },
    ]);
    expect(plan.basis.problems?.[0]?.message).toContain('(apps/shop/key.yaml:1)');
  });
});

describe('in whose name a stack is applied', () => {
  it('is the one whom the stack names, in every request', async () => {
    const user = 'deployer@example.com';
    shop = await aKubernetesStack(
      cluster,
      { 'a.yaml': SETTINGS('a') },
      { options: { impersonate: { user, groups: ['system:masters'] } } },
    );
    expect(await shop.apply()).toMatchObject({ status: 'applied' });
    const ours = (await cluster.auditLog()).filter(
      ({ userAgent, requestURI }) =>
        userAgent?.startsWith('plumbline') === true && requestURI.includes(shop.namespace),
    );
    expect(ours.map(({ verb }) => verb)).toContain('patch');
    expect(new Set(ours.map(({ impersonatedUser }) => impersonatedUser?.username))).toEqual(new Set([user]));
  });

  it('has no more rights than that one', async () => {
    shop = await aKubernetesStack(
      cluster,
      { 'a.yaml': SETTINGS('a') },
      { options: { impersonate: { user: 'nobody@example.com' } } },
    );
    await expect(shop.plan()).rejects.toMatchObject({
      code: 'auth_failed',
      message: expect.stringContaining('nobody@example.com') as string,
    });
  });
});

describe('two clusters of one repository', () => {
  it('have each their own objects and inventory of the same folder', async () => {
    const far = await startKubeCluster();
    try {
      shop = await aKubernetesStack(cluster, { 'a.yaml': SETTINGS('a') }, { far });
      const there = shop.on('far');
      expect(await shop.apply()).toMatchObject({ status: 'applied' });
      expect((await shop.plan()).plan.changes).toEqual([]);
      expect(changesOf((await there.plan()).plan)).toEqual(['create ConfigMap/a pending']);
      expect(await there.apply()).toMatchObject({ status: 'applied' });
      const path = `/api/v1/namespaces/${shop.namespace}/configmaps/a`;
      await far.must('DELETE', path);
      expect(changesOf((await there.plan()).plan)).toEqual(['create ConfigMap/a drift']);
      expect((await shop.plan()).plan.changes).toEqual([]);
      expect((await cluster.request('GET', path)).status).toBe(200);
    } finally {
      await far.stop();
    }
  });
});
