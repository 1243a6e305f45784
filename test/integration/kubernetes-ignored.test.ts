import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestCluster } from '../support/kube-client.ts';
import { sharedCluster } from '../support/kube-shared.ts';
import { aKubernetesStack, changesOf, type KubernetesStack } from '../support/kubernetes-stack.ts';

let cluster: TestCluster;
let shop: KubernetesStack;
beforeAll(async () => {
  cluster = await sharedCluster();
});
afterEach(async () => await shop.remove());

const settings = (data: string, annotations = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings${annotations === '' ? '' : `, annotations: { ${annotations} }`} }\ndata: { ${data} }\n`;
const data = async (): Promise<unknown> =>
  JSON.parse(await shop.kubectl('get', 'configmap/settings', '-o', 'jsonpath={.data}'));
const applied = async (): Promise<void> => {
  expect(await shop.apply()).toMatchObject({ status: 'applied' });
  expect(await shop.verify()).toMatchObject({ ok: true });
};
const IGNORED = [{ kind: 'ConfigMap', json_pointers: ['/data/mode'] }];

describe('RespectIgnoreDifferences', () => {
  const respect = { sync_options: ['RespectIgnoreDifferences=true'], ignore_differences: IGNORED };

  it('leaves an ignored field as somebody has set it, and whose it is', async () => {
    shop = await aKubernetesStack(
      cluster,
      { 'a.yaml': settings('mode: git, color: red') },
      { options: respect },
    );
    await applied();
    expect(await data()).toEqual({ mode: 'git', color: 'red' });
    await shop.edit('configmap/settings', 's/git/live/');
    await shop.write({ 'a.yaml': settings('mode: newer, color: blue') });
    const { plan } = await shop.plan();
    expect(plan.changes[0]?.attributes.map(({ pointer }) => pointer)).toEqual(['/data/color']);
    expect(await shop.applyPlan(plan)).toMatchObject({ status: 'applied' });
    expect(await data()).toEqual({ mode: 'live', color: 'blue' });
    const managers = await shop.kubectl('get', 'configmap/settings', '-o', 'json', '--show-managed-fields');
    const { metadata } = JSON.parse(managers) as {
      metadata: { managedFields: { manager: string; fieldsV1: { 'f:data'?: object } }[] };
    };
    const ofMode = metadata.managedFields.filter(({ fieldsV1 }) =>
      Object.hasOwn(fieldsV1['f:data'] ?? {}, 'f:mode'),
    );
    expect(ofMode.map(({ manager }) => manager)).toEqual(['kubectl-edit']);
  });

  it('keeps the value of an ignored field that is its own, also when Git has another one or none', async () => {
    shop = await aKubernetesStack(
      cluster,
      { 'a.yaml': settings('mode: git, color: red') },
      { options: respect },
    );
    await applied();
    await shop.write({ 'a.yaml': settings('mode: newer, color: blue') });
    await applied();
    expect(await data()).toEqual({ mode: 'git', color: 'blue' });
    await shop.write({ 'a.yaml': settings('color: green') });
    await applied();
    expect(await data()).toEqual({ mode: 'git', color: 'green' });
    expect(changesOf((await shop.plan()).plan)).toEqual([]);
  });

  it('goes by the annotation of one object, and without it Git is written', async () => {
    const options = { ignore_differences: IGNORED };
    shop = await aKubernetesStack(cluster, { 'a.yaml': settings('mode: git, color: red') }, { options });
    await applied();
    await shop.edit('configmap/settings', 's/git/live/');
    await shop.write({ 'a.yaml': settings('mode: git, color: blue') });
    await applied();
    expect(await data()).toEqual({ mode: 'git', color: 'blue' });
    await shop.edit('configmap/settings', 's/git/live/');
    const annotation = 'plumbline.dev/sync-options: RespectIgnoreDifferences=true';
    await shop.write({ 'a.yaml': settings('mode: git, color: green', annotation) });
    await applied();
    expect(await data()).toEqual({ mode: 'live', color: 'green' });
  });

  it('binds an approval to what is ignored', async () => {
    shop = await aKubernetesStack(
      cluster,
      { 'a.yaml': settings('mode: git, color: red') },
      { options: respect },
    );
    await applied();
    await shop.write({ 'a.yaml': settings('mode: newer, color: blue') });
    const { plan } = await shop.plan();
    const [stack] = (shop.site.options as { stacks: { ignore_differences: object[] }[] }).stacks;
    stack!.ignore_differences = [{ kind: 'ConfigMap', json_pointers: ['/data/other'] }];
    expect(await shop.applyPlan(plan)).toMatchObject({ status: 'refused', code: 'digest_changed' });
  });

  it('plans and writes what can’t be changed in place and is ignored', async () => {
    const service = (ip: string, port: number) =>
      `apiVersion: v1\nkind: Service\nmetadata: { name: shop }\nspec: { clusterIP: ${ip}, ports: [{ port: ${port} }] }\n`;
    const options = {
      ...respect,
      ignore_differences: [{ kind: 'Service', json_pointers: ['/spec/clusterIP'] }],
    };
    shop = await aKubernetesStack(cluster, { 'a.yaml': service('None', 80) }, { options });
    await applied();
    await shop.write({ 'a.yaml': service('10.0.0.77', 81) });
    await applied();
    const spec = await shop.kubectl(
      'get',
      'service/shop',
      '-o',
      'jsonpath={.spec.clusterIP} {.spec.ports[0].port}',
    );
    expect(spec).toBe('None 81');
  });

  it('respects them in a replacement, too', async () => {
    const options = { ...respect, sync_options: [...respect.sync_options, 'Replace=true'] };
    shop = await aKubernetesStack(cluster, { 'a.yaml': settings('mode: git, color: red') }, { options });
    await applied();
    await shop.edit('configmap/settings', 's/git/live/');
    await shop.write({ 'a.yaml': settings('mode: git, color: blue') });
    await applied();
    expect(await data()).toEqual({ mode: 'live', color: 'blue' });
  });
});
