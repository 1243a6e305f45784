import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster, ResourceType } from '../../src/kube/cluster.ts';
import { readKubeJson, writeKubeJson } from '../../src/kube/exact-numbers.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { eventually } from '../support/eventually.ts';
import type { TestCluster } from '../support/kube-client.ts';
import { anOpener, type Opener } from '../support/kube-settings.ts';
import { sharedCluster } from '../support/kube-shared.ts';
import { waitFor } from '../support/wait-for.ts';

const fieldManager = 'plumbline';
const group = `g${randomUUID().slice(0, 8)}.example.com`;

let real: TestCluster;
let opener: Opener;
let cluster: Cluster;
let namespace: string;
let configMaps: ResourceType;

beforeAll(async () => {
  real = await sharedCluster();
  opener = await anOpener();
  cluster = await opener.open(real);
  namespace = await real.namespace('objects');
  configMaps = await cluster.resource({ group: '', kind: 'ConfigMap' });
});
afterAll(async () => {
  await opener?.close();
  await real?.request('DELETE', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.${group}`);
});

const aConfigMap = (name: string, data: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
});

/** A kind whose `spec` is kept as it is sent. */
async function defineGadgets(): Promise<ResourceType> {
  await real.must('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    body: {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `gadgets.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: 'gadgets', singular: 'gadget', kind: 'Gadget', listKind: 'GadgetList' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: {
                  spec: {
                    type: 'object',
                    properties: { serial: { type: 'integer', format: 'int64' } },
                    'x-kubernetes-preserve-unknown-fields': true,
                  },
                },
              },
            },
          },
        ],
      },
    },
  });
  return await waitFor('the new kind', async () => {
    return await cluster.resource({ group, kind: 'Gadget' }).catch(() => undefined);
  });
}

describe('an object', () => {
  it('is made, read, replaced, patched and removed', async () => {
    const id = { namespace, name: 'one' };
    expect(await cluster.get(configMaps, id)).toBeUndefined();
    const made = await cluster.create(configMaps, aConfigMap('one', { a: '1' }), { fieldManager });
    const read = await cluster.get(configMaps, id);
    expect(read).toEqual(made);
    const replaced = await cluster.replace(configMaps, { ...made, data: { a: '2' } }, { fieldManager });
    await expect(
      cluster.replace(configMaps, { ...made, data: { a: '3' } }, { fieldManager }),
    ).rejects.toMatchObject({ code: 'kube_conflict', details: { causes: [] } });
    const patched = await cluster.patch(
      configMaps,
      id,
      { type: 'merge', body: { data: { b: '4' } } },
      { fieldManager },
    );
    expect([replaced['data'], patched['data']]).toEqual([{ a: '2' }, { a: '2', b: '4' }]);
    const wrong = { propagation: 'Background', uid: randomUUID() } as const;
    await expect(cluster.remove(configMaps, id, wrong)).rejects.toMatchObject({ code: 'kube_conflict' });
    await cluster.remove(configMaps, id, { propagation: 'Background', dryRun: true });
    expect(await cluster.get(configMaps, id)).toEqual(patched);
    await cluster.remove(configMaps, id, { propagation: 'Background', uid: made.metadata['uid'] as string });
    await cluster.remove(configMaps, id, { propagation: 'Background' });
    expect(await cluster.get(configMaps, id)).toBeUndefined();
  });

  it('is only answered by a dry run, and not written', async () => {
    const options = { fieldManager, force: false, dryRun: true };
    const answer = await cluster.apply(configMaps, aConfigMap('dry', { a: '1' }), options);
    expect(answer['data']).toEqual({ a: '1' });
    expect(await cluster.get(configMaps, { namespace, name: 'dry' })).toBeUndefined();
  });

  it('of a cluster-wide kind with a colon in its name is found', async () => {
    const roles = await cluster.resource({ group: 'rbac.authorization.k8s.io', kind: 'ClusterRole' });
    const role = await cluster.get(roles, { namespace: '', name: 'system:kube-controller-manager' });
    expect(role?.metadata.name).toBe('system:kube-controller-manager');
  });
});

describe('what goes to and from the server', () => {
  it('keeps every field of a built-in kind as it is, times among them', async () => {
    const deployments = await cluster.resource({ group: 'apps', kind: 'Deployment' });
    const template = {
      metadata: { labels: { app: 'x' } },
      spec: {
        containers: [
          { name: 'main', image: 'example.com/x:1', securityContext: { procMount: 'Default', runAsUser: 0 } },
        ],
        schedulingGates: [{ name: 'example.com/wait' }],
      },
    };
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    const body = {
      metadata: { name: 'all' },
      spec: { replicas: 0, selector: { matchLabels: { app: 'x' } }, template },
    };
    await real.must('POST', path, { body });
    await eventually(
      async () => (await real.must('GET', `${path}/all`))['status'] as { observedGeneration?: number },
    ).toMatchObject({ observedGeneration: 1 });
    const raw = (await real.must('GET', `${path}/all`)) as KubeObject;
    const read = await cluster.get(deployments, { namespace, name: 'all' });
    expect(read).toEqual(raw);
    const again = await cluster.replace(deployments, read!, { fieldManager });
    // Nothing was different: the server has not even counted it as a change.
    expect(again.metadata['resourceVersion']).toBe(raw.metadata['resourceVersion']);
  });

  it('keeps unknown fields of a custom kind, and integers to their last digit', async () => {
    const gadgets = await defineGadgets();
    const text = `{"apiVersion":"${group}/v1","kind":"Gadget","metadata":{"name":"big","namespace":"${namespace}"},
      "spec":{"serial":9007199254740993,"deep":{"unknown":[1,{"x":"y","big":-9223372036854775807}]}}}`;
    await cluster.create(gadgets, readKubeJson(text) as KubeObject, { fieldManager });
    const path = `/apis/${group}/v1/namespaces/${namespace}/gadgets/big`;
    const before = (await real.request('GET', path)).text;
    expect(before).toContain('9007199254740993');
    expect(before).toContain('-9223372036854775807');
    const read = await cluster.get(gadgets, { namespace, name: 'big' });
    expect(writeKubeJson(read!)).toBe(before.trim());
    await cluster.replace(gadgets, structuredClone(read!), { fieldManager });
    expect((await real.request('GET', path)).text).toBe(before);
  });
});

describe('a list', () => {
  it('has all objects over pages, each complete', async () => {
    const own = await real.namespace('pages');
    const names = Array.from({ length: 1203 }, (_, n) => `n${String(n).padStart(4, '0')}`);
    await Promise.all(
      names.map(async (name) => {
        const object = { ...aConfigMap(name), metadata: { name, namespace: own, labels: { mine: 'yes' } } };
        await cluster.create(configMaps, object, { fieldManager });
      }),
    );
    const listed = await cluster.list(configMaps, { namespace: own, labelSelector: 'mine=yes' });
    expect(listed.map((object) => object.metadata.name)).toEqual(names);
    expect(listed[7]).toEqual(await cluster.get(configMaps, { namespace: own, name: 'n0007' }));
    const audit = await real.auditLog();
    const pages = audit.filter(
      (event) => event.verb === 'list' && event.requestURI.includes(`${own}/configmaps`),
    );
    expect(pages.map((event) => event.requestURI.includes('limit=500'))).toEqual([true, true, true]);
  });

  it('of all namespaces has those of each', async () => {
    await cluster.create(configMaps, aConfigMap('everywhere'), { fieldManager });
    const listed = await cluster.list(configMaps);
    const spaces = listed.map((object) => object.metadata['namespace']);
    expect(spaces).toContain(namespace);
    expect(spaces).toContain('kube-system');
  });
});

describe('a cluster', () => {
  it('is known by its version, and by the UID of kube-system', async () => {
    const { metadata } = (await real.must('GET', '/api/v1/namespaces/kube-system')) as KubeObject;
    expect(await cluster.uid()).toBe(metadata['uid']);
    expect(await cluster.version()).toMatch(/^v1\.\d+\.\d+/);
  });
});
