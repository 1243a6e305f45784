import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestCluster } from '../support/kube-client.ts';
import { sharedCluster } from '../support/kube-shared.ts';
import { type KubernetesStack, aKubernetesStack, changesOf, writesIn } from '../support/kubernetes-stack.ts';

const SETTINGS = (color: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { color: ${color} }\n`;

const DEPLOYMENT = (
  image: string,
  { app = 'shop', annotations = '{}', env = '' } = {},
) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop, annotations: ${annotations} }
spec:
  replicas: 1
  selector: { matchLabels: { app: ${app} } }
  template:
    metadata: { labels: { app: ${app} } }
    spec:
      containers:
        - name: web
          image: registry.example.com/shop:${image}
          env: [${env}]
`;

let cluster: TestCluster;
let shop: KubernetesStack;
beforeAll(async () => {
  cluster = await sharedCluster();
});
afterEach(async () => await shop.remove());

const start = async (files: Record<string, string>) => (shop = await aKubernetesStack(cluster, files));
const show = (object: string, path: string) => shop.kubectl('get', object, '-o', `jsonpath={${path}}`);
/** The paths and bodies of what Plumbline has written in the stack's namespace. */
const writes = async () => await writesIn(cluster, shop.namespace);

describe('an apply writes what was planned and nothing else', () => {
  it('is a conflict where somebody changes the object after the plan: theirs stays', async () => {
    await start({ 'settings.yaml': SETTINGS('red') });
    await shop.apply();
    await shop.write({ 'settings.yaml': SETTINGS('blue') });
    const result = await shop.apply({ onBegin: () => shop.edit('configmap/settings', 's/red/grey/') });
    expect(result).toMatchObject({ status: 'failed', outcome: 'not_applied', code: 'kube_conflict' });
    expect(await show('configmap/settings', '.data.color')).toBe('grey');
    expect(changesOf((await shop.plan()).plan)).toEqual(['update ConfigMap/settings both']);
  });

  it('is a conflict where somebody makes the object after the plan: nothing is taken over', async () => {
    await start({ 'settings.yaml': SETTINGS('red') });
    const result = await shop.apply({
      onBegin: async () => {
        await shop.kubectl('create', 'configmap', 'settings', '--from-literal=size=1');
      },
    });
    expect(result).toMatchObject({ status: 'failed', outcome: 'not_applied', code: 'kube_conflict' });
    expect(await show('configmap/settings', '.data')).toBe('{"size":"1"}');
    expect(await show('configmap/settings', '.metadata.labels')).toBe('');
  });

  it('refuses to change what can’t be changed, and makes it anew where Git says so', async () => {
    await start({ 'shop.yaml': DEPLOYMENT('1') });
    await shop.apply();
    const uid = await show('deployment/shop', '.metadata.uid');
    await shop.write({ 'shop.yaml': DEPLOYMENT('1', { app: 'store' }) });
    const { plan } = await shop.plan();
    expect(plan.changes).toEqual([]);
    expect(plan.basis.problems).toMatchObject([{ code: 'kube_immutable' }]);
    expect(plan.basis.problems?.[0]?.message).toContain('Force=true (apps/shop/shop.yaml:1)');

    const annotations = '{ argocd.argoproj.io/sync-options: Force=true }';
    const forced = { app: 'store', annotations, env: '{ name: A, value: "1" }' };
    await shop.write({ 'shop.yaml': DEPLOYMENT('1', forced) });
    const { plan: replacing } = await shop.plan();
    expect(changesOf(replacing)).toEqual(['replace Deployment.apps/shop pending']);
    expect(replacing.changes[0]?.replacedBecause).toEqual(['/spec/selector/matchLabels/app']);
    expect(await shop.applyPlan(replacing)).toMatchObject({ status: 'applied' });
    expect(await show('deployment/shop', '.metadata.uid')).not.toBe(uid);
    expect(await show('deployment/shop', '.spec.selector.matchLabels.app')).toBe('store');
    expect((await shop.plan()).plan.changes).toEqual([]);

    // What was made anew belongs to Plumbline as everything else does: what Git drops goes.
    await shop.write({ 'shop.yaml': DEPLOYMENT('1', { app: 'store', annotations }) });
    expect(await shop.apply()).toMatchObject({ status: 'applied' });
    expect(await show('deployment/shop', '.spec.template.spec.containers[0].env')).toBe('');
  });

  it('takes away what nobody declared, and leaves what another manager applied', async () => {
    await start({ 'settings.yaml': SETTINGS('red') });
    await shop.apply();
    const path = `/api/v1/namespaces/${shop.namespace}/configmaps/settings`;
    await cluster.must('PATCH', `${path}?fieldManager=billing`, {
      contentType: 'application/apply-patch+yaml',
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { theirs: 'kept' } },
    });
    await shop.kubectl('patch', 'configmap/settings', '--patch', '{"data":{"size":"9"}}');
    const before = (await writes()).length;
    expect(await shop.apply()).toMatchObject({ status: 'applied' });
    expect(JSON.parse(await show('configmap/settings', '.data'))).toEqual({ color: 'red', theirs: 'kept' });
    const [removal] = (await writes()).slice(before);
    expect(removal?.requestObject).toMatchObject([
      { op: 'replace', path: '/metadata/resourceVersion' },
      { op: 'test', path: '/data/size', value: '9' },
      { op: 'remove', path: '/data/size' },
    ]);
    expect((await shop.plan()).plan.changes).toEqual([]);
  });

  it('never writes back what an autoscaler has set, also when it writes something else', async () => {
    await start({ 'shop.yaml': DEPLOYMENT('1') });
    await shop.apply();
    const scale = `/apis/apps/v1/namespaces/${shop.namespace}/deployments/shop/scale`;
    // Without a version: the controllers write the status meanwhile.
    const metadata = { name: 'shop', namespace: shop.namespace };
    await cluster.must('PUT', `${scale}?fieldManager=kube-controller-manager`, {
      body: { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata, spec: { replicas: 3 } },
    });
    expect((await shop.plan()).plan.changes).toEqual([]);
    await shop.write({ 'shop.yaml': DEPLOYMENT('2') });
    expect(await shop.apply()).toMatchObject({ status: 'applied' });
    expect(await show('deployment/shop', '.spec.replicas')).toBe('3');
    expect(await show('deployment/shop', '.spec.template.spec.containers[0].image')).toContain('shop:2');
    const sent = (await writes()).slice(1).map(({ requestObject }) => JSON.stringify(requestObject));
    expect(sent).toHaveLength(1);
    expect(sent[0]).not.toContain('replicas');
    expect((await shop.plan()).plan.changes).toEqual([]);
  });

  it('leaves the rules of an aggregated role to who aggregates them', async () => {
    await start({ 'settings.yaml': SETTINGS('red') });
    const name = `${shop.namespace}-all`;
    const role = (more: string) =>
      `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: ${name}${more} }\n`;
    const aggregated = `${role('')}aggregationRule: { clusterRoleSelectors: [{ matchLabels: { aggregate-to: ${name} } }] }\nrules: []\n`;
    const part = `${role(`-part, labels: { aggregate-to: ${name} }`)}rules: [{ apiGroups: [""], resources: [pods], verbs: [get] }]\n`;
    try {
      await shop.write({ 'all.yaml': aggregated, 'part.yaml': part });
      expect(await shop.apply()).toMatchObject({ status: 'applied' });
      await expect.poll(() => show(`clusterrole/${name}`, '.rules'), { timeout: 30_000 }).toContain('pods');
      expect((await shop.plan()).plan.changes).toEqual([]);
      await shop.write({
        'all.yaml': aggregated.replace(`name: ${name}`, `name: ${name}, labels: { a: b }`),
      });
      expect(await shop.apply()).toMatchObject({ status: 'applied' });
      expect((await shop.plan()).plan.changes).toEqual([]);
      expect(await show(`clusterrole/${name}`, '.rules')).toContain('pods');
      const sent = (await cluster.auditLog()).filter(
        ({ verb, objectRef, userAgent, requestURI }) =>
          verb === 'patch' &&
          objectRef?.name === name &&
          userAgent?.startsWith('plumbline') === true &&
          !requestURI.includes('dryRun=All'),
      );
      expect(sent.map(({ requestObject }) => Object.hasOwn(requestObject as object, 'rules'))).toEqual([
        true,
        false,
      ]);
    } finally {
      await shop.kubectl('delete', 'clusterrole', name, `${name}-part`, '--ignore-not-found');
    }
  });
});
