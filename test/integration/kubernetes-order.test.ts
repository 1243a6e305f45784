import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestCluster } from '../support/kube-client.ts';
import { sharedCluster } from '../support/kube-shared.ts';
import { aKubernetesStack, changesOf, type KubernetesStack } from '../support/kubernetes-stack.ts';

const CONFIG = (name: string, annotations = '', namespace = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, annotations: {${annotations}}${namespace === '' ? '' : `, namespace: ${namespace}`} }\ndata: { color: red }\n`;
const WAVE = (wave: number) => ` argocd.argoproj.io/sync-wave: "${wave}" `;
const OPTION = (option: string) => ` plumbline.dev/sync-options: ${option} `;

const DEFINITION = (group: string) => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: tills.${group} }
spec:
  group: ${group}
  scope: Namespaced
  names: { kind: Till, plural: tills, singular: till, listKind: TillList }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`;

let cluster: TestCluster;
let shop: KubernetesStack;
beforeAll(async () => {
  cluster = await sharedCluster();
});
afterEach(async () => await shop.remove());

const start = async (files: Record<string, string>, more: Parameters<typeof aKubernetesStack>[2] = {}) =>
  (shop = await aKubernetesStack(cluster, files, more));

const deletions = async () =>
  (await cluster.auditLog())
    .filter(
      ({ verb, objectRef, userAgent }) =>
        verb === 'delete' &&
        objectRef?.namespace === shop.namespace &&
        userAgent?.startsWith('plumbline') === true,
    )
    .map(({ objectRef }) => objectRef?.name);

describe('what defines things for others', () => {
  it('is written first: a definition and an object of its kind in one stack', async () => {
    const group = `x${randomUUID().slice(0, 8)}.example.com`;
    const till = `apiVersion: ${group}/v1\nkind: Till\nmetadata: { name: first }\nspec: { coins: 3 }\n`;
    await start({ 'a-till.yaml': till, 'definition.yaml': DEFINITION(group) });
    try {
      const { plan } = await shop.plan();
      expect(plan.basis.problems).toBeUndefined();
      expect(changesOf(plan)).toEqual([
        `create CustomResourceDefinition.apiextensions.k8s.io/tills.${group} pending`,
        `create Till.${group}/first pending`,
      ]);
      expect(await shop.applyPlan(plan)).toMatchObject({ status: 'applied' });
      expect(await shop.verify()).toMatchObject({ ok: true });
      expect((await shop.plan()).plan.changes).toEqual([]);
    } finally {
      await shop.kubectl('delete', 'crd', `tills.${group}`, '--ignore-not-found');
    }
  });

  it('is written first: a namespace and its objects in one stack', async () => {
    await start({});
    const name = `${shop.namespace}-own`;
    await shop.write({
      'a.yaml': CONFIG('a', '', name),
      'z.yaml': `apiVersion: v1\nkind: Namespace\nmetadata: { name: ${name} }\n`,
    });
    try {
      const { plan } = await shop.plan();
      expect(plan.basis.problems).toBeUndefined();
      expect(await shop.applyPlan(plan)).toMatchObject({ status: 'applied' });
      expect((await shop.plan()).plan.changes).toEqual([]);
    } finally {
      await shop.kubectl('delete', 'namespace', name, '--wait=false', '--ignore-not-found');
    }
  });

  it('is made where it is asked for: CreateNamespace', async () => {
    const namespace = `shop-${randomUUID().slice(0, 8)}`;
    const options = { namespace, sync_options: ['CreateNamespace=true'] };
    await start({ 'a.yaml': CONFIG('a') }, { options });
    try {
      const { plan } = await shop.plan();
      expect(plan.basis.problems).toBeUndefined();
      expect(plan.warnings).toEqual([`The namespace ${namespace} is missing and will be made first.`]);
      expect(await shop.applyPlan(plan)).toMatchObject({ status: 'applied' });
      const { plan: after } = await shop.plan();
      expect([after.changes, after.warnings]).toEqual([[], []]);
      // It is no object of the stack: an empty stack leaves it.
      await shop.write({ 'a.yaml': '' });
      expect(changesOf((await shop.plan()).plan)).toEqual(['delete ConfigMap/a pending']);
    } finally {
      await shop.kubectl('delete', 'namespace', namespace, '--wait=false', '--ignore-not-found');
    }
  });
});

describe('a kind that the cluster does not serve', () => {
  it('is a problem, unless SkipDryRunOnMissingResource=true: then it is waited for', async () => {
    const group = `x${randomUUID().slice(0, 8)}.example.com`;
    const till = (annotations: string) =>
      `apiVersion: ${group}/v1\nkind: Till\nmetadata: { name: first, annotations: {${annotations}} }\nspec: { coins: 3 }\n`;
    await start({ 'till.yaml': till('') });
    expect((await shop.plan()).plan.basis.problems?.[0]?.code).toBe('kube_unknown_kind');
    await shop.write({ 'till.yaml': till(OPTION('SkipDryRunOnMissingResource=true')) });
    const { plan } = await shop.plan();
    expect(plan.basis.problems).toBeUndefined();
    expect(changesOf(plan)).toEqual([`create Till.${group}/first pending`]);
    const definition = `${shop.site.bench.root}/definition.yaml`;
    await writeFile(definition, DEFINITION(group));
    try {
      const applying = shop.applyPlan(plan, {
        onBegin: async () => void (await shop.kubectl('apply', '-f', definition)),
      });
      expect(await applying).toMatchObject({ status: 'applied' });
      expect((await shop.plan()).plan.changes).toEqual([]);
    } finally {
      await shop.kubectl('delete', '-f', definition, '--wait=false');
    }
  });
});

describe('pruning', () => {
  it('goes through the waves from the last to the first, and PruneLast comes after all', async () => {
    await start({
      'a.yaml': CONFIG('a', WAVE(-1)),
      'b.yaml': CONFIG('b'),
      'c.yaml': CONFIG('c', WAVE(1)),
      'last.yaml': CONFIG('last', `${WAVE(1)},${OPTION('PruneLast=true')}`),
      'stays.yaml': CONFIG('stays', OPTION('Prune=false')),
    });
    expect(await shop.apply()).toMatchObject({ status: 'applied' });
    const empty = Object.fromEntries(['a', 'b', 'c', 'last', 'stays'].map((name) => [`${name}.yaml`, '']));
    await shop.write({ ...empty, 'new.yaml': CONFIG('new') });
    const { plan } = await shop.plan();
    expect(plan.changes.map(({ action, name }) => `${action} ${name}`)).toEqual([
      'delete a',
      'delete b',
      'delete c',
      'delete last',
      'create new',
    ]);
    expect(plan.warnings).toEqual([
      `${shop.namespace}/ConfigMap/stays is no longer in Git and stays: it says Prune=false.`,
    ]);
    expect(await shop.applyPlan(plan)).toMatchObject({ status: 'applied' });
    expect(await deletions()).toEqual(['c', 'b', 'a', 'last']);
    expect((await shop.plan()).plan.changes).toEqual([]);
    expect(await shop.kubectl('get', 'configmap/stays', '-o', 'name')).toContain('stays');
  });

  it('knows all of many objects, whose inventory is in parts', async () => {
    const keys = Array.from({ length: 8 }, (_, at) => `  a-key-with-a-rather-long-name-${at}: x\n`).join('');
    const all = Array.from(
      { length: 600 },
      (_, at) => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: many-${at} }\ndata:\n${keys}`,
    );
    await start({ 'many.yaml': all.join('---\n') });
    expect(await shop.apply()).toMatchObject({ status: 'applied' });
    const parts = async () =>
      (await shop.kubectl('get', 'configmaps', '-n', `${shop.namespace}-inventory`, '-o', 'name')).match(
        /inventory-s-/g,
      )?.length;
    expect(await parts()).toBeGreaterThan(1);
    await shop.write({ 'many.yaml': CONFIG('last') });
    const { plan } = await shop.plan();
    expect(plan.changes.filter(({ action }) => action === 'delete')).toHaveLength(600);
    expect(await shop.applyPlan(plan)).toMatchObject({ status: 'applied' });
    expect(await parts()).toBe(1);
    expect(await shop.kubectl('get', 'configmaps', '-o', 'name')).not.toContain('many-');
    expect(new Set(await deletions()).size).toBe(600);
    expect(await deletions()).toHaveLength(600);
  });
});

describe('what is replaced instead of applied', () => {
  const replaced = (more = '') => `${CONFIG('a', OPTION('Replace=true'))}${more}`;
  const keys = async () =>
    Object.keys(JSON.parse(await shop.kubectl('get', 'configmap/a', '-o', 'jsonpath={.data}')) as object);

  it('is planned as such: what others have declared goes, is shown, and then it is clean', async () => {
    await start({ 'a.yaml': replaced() });
    expect(changesOf((await shop.plan()).plan)).toEqual(['create ConfigMap/a pending']);
    await shop.apply();
    expect((await shop.plan()).plan.changes).toEqual([]);
    const theirs = `${shop.site.bench.root}/theirs.yaml`;
    await writeFile(theirs, 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata: { theirs: x }\n');
    await shop.kubectl('apply', '--server-side', '--field-manager=them', '-f', theirs);
    expect(await keys()).toEqual(['color', 'theirs']);
    const { plan } = await shop.plan();
    expect(plan.changes[0]?.attributes).toMatchObject([
      { pointer: '/data/theirs', before: null, after: 'x', cause: 'drift' },
    ]);
    expect(await shop.applyPlan(plan)).toMatchObject({ status: 'applied' });
    expect(await keys()).toEqual(['color']);
    expect((await shop.plan()).plan.changes).toEqual([]);
  });

  it.each([
    ['Replace=true', 'kube_immutable', []],
    ['"Replace=true,Force=true"', undefined, ['replace ConfigMap/a pending']],
  ])('with %s, where a field can’t be changed: %s', async (option, problem, changes) => {
    const fixed = (value: string) =>
      `${CONFIG('a', OPTION(option)).replace('color: red', `color: ${value}`)}immutable: true\n`;
    await start({ 'a.yaml': fixed('red') });
    await shop.apply();
    await shop.write({ 'a.yaml': fixed('blue') });
    const { plan } = await shop.plan();
    expect(plan.basis.problems?.[0]?.code).toBe(problem);
    expect(changesOf(plan)).toEqual(changes);
  });
});
