import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SavedState } from '../../src/drivers/driver-results.ts';
import { kubernetesDriver } from '../../src/drivers/kubernetes/index.ts';
import { anApplyContext, anAttempt, digestOf, type Applying } from '../support/applying.ts';
import type { TestCluster } from '../support/kube-client.ts';
import { sharedCluster } from '../support/kube-shared.ts';
import { aKubernetesStack, changesOf, writesIn, type KubernetesStack } from '../support/kubernetes-stack.ts';

const CONFIG = (name: string, color = 'red') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { color: ${color} }\n`;
const SECRET = (value: string) =>
  `apiVersion: v1\nkind: Secret\nmetadata: { name: key }\nstringData: { password: ${value} }\n`;
const DEPLOYMENT = (image: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  replicas: 0
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "registry.example.com/web:${image}", ports: [{ containerPort: 80 }] }] }
`;

let cluster: TestCluster;
let shop: KubernetesStack;
beforeAll(async () => {
  cluster = await sharedCluster();
});
afterEach(async () => await shop.remove());

/** The state that an apply has saved. */
const savedBy = ({ artifacts }: Applying, id = 'backup-1'): SavedState => ({
  id,
  content: Buffer.from(artifacts.find(({ kind }) => kind === 'state')!.content),
});
const field = async (object: string, path: string) =>
  await shop.kubectl('get', object, '-o', `jsonpath={${path}}`, '--ignore-not-found');

/** A first state, and the backup that the apply of the second one has made of it. */
async function twoStates(): Promise<SavedState> {
  shop = await aKubernetesStack(cluster, {
    'a.yaml': CONFIG('a'),
    'b.yaml': CONFIG('b'),
    'key.yaml': SECRET('hunter2-hunter2'),
    'web.yaml': DEPLOYMENT('1'),
  });
  await shop.apply({ commit: 'c0ffee01' });
  await shop.write({ 'a.yaml': CONFIG('a', 'blue'), 'b.yaml': '', 'c.yaml': CONFIG('c') });
  await shop.write({ 'key.yaml': SECRET('changed-changed'), 'web.yaml': DEPLOYMENT('2') });
  return savedBy((await shop.apply({ commit: 'c0ffee02' })).applying);
}

describe('the return of a stack to saved objects', () => {
  it('is planned, made as planned, and leaves the stack as it was', async () => {
    const saved = await twoStates();
    const plan = await shop.planRestore(saved);
    expect(changesOf(plan)).toEqual([
      'update ConfigMap/a pending',
      'create ConfigMap/b pending',
      'delete ConfigMap/c pending',
      'update Deployment.apps/web pending',
      'update Secret/key pending',
    ]);
    expect(JSON.stringify(plan.changes)).not.toMatch(/hunter2|changed-changed/);
    expect(await field('configmap/a', '.data.color')).toBe('blue');

    const restored = await shop.restore(saved, plan, { attemptId: 'attempt-back' });
    expect(restored).toMatchObject({ status: 'restored', serial: null });
    expect(await field('configmap/a', '.data.color')).toBe('red');
    expect(await field('configmap/b', '.data.color')).toBe('red');
    expect(await field('configmap/c', '.metadata.name')).toBe('');
    expect(await field('deployment/web', '.spec.template.spec.containers[0].image')).toContain('web:1');
    const password = Buffer.from(await field('secret/key', '.data.password'), 'base64').toString();
    expect(password).toBe('hunter2-hunter2');
    expect(await field('configmap/a', '.metadata.annotations')).toContain('c0ffee01');
    expect((await shop.planRestore(saved)).changes).toEqual([]);
    await shop.write({ 'a.yaml': CONFIG('a'), 'b.yaml': CONFIG('b'), 'c.yaml': '' });
    await shop.write({ 'key.yaml': SECRET('hunter2-hunter2'), 'web.yaml': DEPLOYMENT('1') });
    expect((await shop.plan()).plan.changes).toEqual([]);
    // What it was before the return can be returned to as well.
    await shop.restore(savedBy(restored.applying, 'backup-2'));
    expect(await field('configmap/c', '.data.color')).toBe('red');
  });

  it('leaves fields to those who own them, and writes nothing that is as it was', async () => {
    const saved = await twoStates();
    await shop.kubectl('scale', 'deployment/web', '--replicas=3');
    await shop.restore(saved);
    const before = await writesIn(cluster, shop.namespace);
    await shop.restore(saved);
    expect(await writesIn(cluster, shop.namespace)).toEqual(before);
    expect(await field('deployment/web', '.spec.revisionHistoryLimit')).toBe('10');
    const own = await shop.kubectl('get', 'deployment/web', '-o', 'json', '--show-managed-fields');
    const managers = (
      JSON.parse(own) as { metadata: { managedFields: { manager: string; fieldsV1: object }[] } }
    ).metadata.managedFields;
    const ours = managers.find(({ manager }) => manager === 'plumbline');
    expect(JSON.stringify(ours)).not.toContain('revisionHistoryLimit');
  });

  it('keeps what says that it is not pruned', async () => {
    const saved = await twoStates();
    const keep = CONFIG('keep').replace(
      'name: keep',
      'name: keep, annotations: { plumbline.dev/sync-options: Prune=false }',
    );
    await shop.write({ 'keep.yaml': keep });
    await shop.apply();
    const plan = await shop.planRestore(saved);
    expect(changesOf(plan)).not.toContain('delete ConfigMap/keep pending');
    expect(plan.warnings.join('\n')).toContain('Prune=false');
  });

  it('is refused when something has changed since it was approved', async () => {
    const saved = await twoStates();
    const plan = await shop.planRestore(saved);
    await shop.edit('configmap/a', 's/blue/green/');
    expect(await shop.restore(saved, plan)).toMatchObject({ status: 'refused', code: 'digest_changed' });
    expect(await field('configmap/a', '.data.color')).toBe('green');
  });

  it('is refused for objects of another stack', async () => {
    const saved = await twoStates();
    const beside = await shop.beside('apps/beside', { 'd.yaml': CONFIG('d') });
    await expect(beside.planRestore(saved)).rejects.toMatchObject({ code: 'state_mismatch' });
    const broken = { id: 'backup-x', content: Buffer.from('no JSON') };
    await expect(shop.planRestore(broken)).rejects.toMatchObject({ code: 'state_mismatch' });
  });

  it('whose worker is gone is known by what it has written', async () => {
    const saved = await twoStates();
    const made = await anApplyContext(shop.site.bench, shop.stack, {
      options: shop.site.options,
      attemptId: 'attempt-lost',
      onBegin: () => Promise.reject(new Error('killed')),
    });
    const digest = digestOf((await shop.planRestore(saved)).identity);
    await expect(kubernetesDriver.restore!(made.context, saved, digest)).rejects.toThrow('killed');
    const attempt = anAttempt({ id: 'attempt-lost', kind: 'rollback', stackKey: shop.stack.key, digest });
    const recover = async () => await kubernetesDriver.recover!(made.context, attempt);
    expect(await recover()).toMatchObject({ outcome: 'not_applied' });
    await shop.kubectl('delete', 'configmap/c');
    expect(await recover()).toMatchObject({ outcome: 'partial' });
    await shop.restore(saved, undefined, {
      attemptId: 'attempt-lost',
      outputPath: `${made.context.outputPath}.2`,
    });
    expect(await recover()).toMatchObject({ outcome: 'applied' });
    await made.remove();
  });
});

describe('the objects that are saved', () => {
  it('are all of the stack, also when few of them change, and none when nothing does', async () => {
    await twoStates();
    await shop.write({ 'a.yaml': CONFIG('a', 'green') });
    const { applying } = await shop.apply();
    const { items } = JSON.parse(Buffer.from(savedBy(applying).content).toString()) as {
      items: { metadata: { name: string } }[];
    };
    expect(items.map(({ metadata }) => metadata.name).toSorted()).toEqual(['a', 'c', 'key', 'web']);
    expect((await shop.apply()).applying.begun).toEqual([null]);
  });
});
