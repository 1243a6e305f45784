import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RolloutTarget } from '../../src/domain/rollout-target.ts';
import { kubernetesDriver } from '../../src/drivers/kubernetes/index.ts';
import { anApplyContext, anAttempt, digestOf } from '../support/applying.ts';
import type { TestCluster } from '../support/kube-client.ts';
import { sharedCluster } from '../support/kube-shared.ts';
import { aKubernetesStack, changesOf, type KubernetesStack } from '../support/kubernetes-stack.ts';
import { waitFor } from '../support/wait-for.ts';

/** No nodes are there to run a pod: without replicas a rollout is over as soon as its controller has seen it. */
const workload = (kind: string, image: string, more = '') => `apiVersion: apps/v1
kind: ${kind}
metadata: { name: web }
spec:
${kind === 'DaemonSet' ? '' : '  replicas: 0\n'}${kind === 'StatefulSet' ? '  serviceName: web\n' : ''}${more}  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: web, image: "registry.example.com/web:${image}" }]
`;
const target = (more: Partial<RolloutTarget> = {}): RolloutTarget => ({
  kind: 'Deployment',
  namespace: null,
  name: 'web',
  revision: 'previous',
  ...more,
});

let cluster: TestCluster;
let shop: KubernetesStack;
beforeAll(async () => {
  cluster = await sharedCluster();
});
afterEach(async () => await shop.remove());

const image = async (kind = 'deployment') =>
  (
    await shop.kubectl('get', `${kind}/web`, '-o', 'jsonpath={.spec.template.spec.containers[0].image}')
  ).slice('registry.example.com/web:'.length);

/** Applies each image in turn, as its own commit, and waits until the cluster has kept it. */
async function appliedInTurn(kind: string, images: readonly string[], more = ''): Promise<void> {
  const kept = kind === 'Deployment' ? 'replicasets' : 'controllerrevisions';
  for (const [index, each] of images.entries()) {
    await shop.write({ 'web.yaml': workload(kind, each, more) });
    expect(await shop.apply({ commit: `c0ffee0${each}` })).toMatchObject({ status: 'applied' });
    await waitFor('the revision is kept', async () => {
      const names = await shop.kubectl('get', kept, '-o', 'name');
      return names.trim().split('\n').filter(Boolean).length === index + 1;
    });
  }
}

describe.each(['Deployment', 'StatefulSet', 'DaemonSet'] as const)('the undo of a %s', (kind) => {
  it('is planned without a change, made, and says which commit and file it came from', async () => {
    shop = await aKubernetesStack(cluster, {});
    await appliedInTurn(kind, ['1', '2', '3']);
    const plan = await shop.planUndo(target({ kind }));
    expect(changesOf(plan)).toEqual([`update ${kind}.apps/web pending`]);
    const changed = plan.changes[0]!.attributes.find(({ pointer }) => pointer.endsWith('/image'));
    expect(changed).toMatchObject({
      before: 'registry.example.com/web:3',
      after: 'registry.example.com/web:2',
    });
    expect(await image(kind)).toBe('3');

    const undone = await shop.undo(target({ kind }), plan);
    expect(undone).toMatchObject({
      status: 'undone',
      summary: expect.stringContaining('revision 2') as string,
      origin: { commit: 'c0ffee02', file: 'apps/shop/web.yaml' },
    });
    expect(await image(kind)).toBe('2');
    const [backup] = undone.applying.begun;
    expect(backup?.content?.encrypted).toBe(true);
    const saved = undone.applying.artifacts.find((each) => each.kind === 'state')!.content;
    expect(saved).toContain('registry.example.com/web:3');

    expect(changesOf((await shop.plan()).plan)).toEqual([`update ${kind}.apps/web drift`]);
    await shop.write({ 'web.yaml': workload(kind, '2') });
    expect((await shop.plan()).plan.changes).toEqual([]);
    await shop.undo(target({ kind, revision: 1 }));
    expect(await image(kind)).toBe('1');
  });
});

describe('the undo of a workload', () => {
  it('takes away what the revision did not have, and a later sync keeps it so', async () => {
    shop = await aKubernetesStack(cluster, {});
    await appliedInTurn('Deployment', ['1']);
    const probed = workload('Deployment', '2').replace(
      'containers:',
      'terminationGracePeriodSeconds: 5\n      containers:',
    );
    await shop.write({ 'web.yaml': probed });
    await shop.apply();
    await waitFor('the revision is kept', async () =>
      (await shop.kubectl('get', 'replicasets', '-o', 'name')).trim().includes('\n'),
    );
    await shop.undo(target());
    await shop.write({ 'web.yaml': workload('Deployment', '1') });
    expect((await shop.plan()).plan.changes).toEqual([]);
    const grace = await shop.kubectl(
      'get',
      'deployment/web',
      '-o',
      'jsonpath={.spec.template.spec.terminationGracePeriodSeconds}',
    );
    expect(grace).toBe('30');
  });

  it('is refused when the workload has changed since it was approved, and changes nothing', async () => {
    shop = await aKubernetesStack(cluster, {});
    await appliedInTurn('Deployment', ['1', '2']);
    const plan = await shop.planUndo(target());
    await shop.kubectl('set', 'image', 'deployment/web', 'web=registry.example.com/web:9');
    expect(await shop.undo(target(), plan)).toMatchObject({ status: 'refused', code: 'digest_changed' });
    expect(await image()).toBe('9');
  });

  it('is refused when the commit that it says it came from is another one by now', async () => {
    shop = await aKubernetesStack(cluster, {});
    await appliedInTurn('Deployment', ['1', '2']);
    const plan = await shop.planUndo(target());
    await shop.kubectl('annotate', 'replicasets', '--all', 'plumbline.dev/commit=c0ffee99', '--overwrite');
    expect(await shop.undo(target(), plan)).toMatchObject({ status: 'refused', code: 'digest_changed' });
    expect(await image()).toBe('2');
  });

  it('that does not become available calls for people', async () => {
    shop = await aKubernetesStack(cluster, {});
    const late = '  progressDeadlineSeconds: 2\n';
    await appliedInTurn('Deployment', ['1', '2'], late);
    await shop.kubectl('scale', 'deployment/web', '--replicas=1');
    const failed = await shop.undo(target());
    expect(failed).toMatchObject({
      status: 'failed',
      outcome: 'partial',
      code: 'rollout_failed',
      message: expect.stringContaining('Manual intervention required') as string,
    });
    expect(await image()).toBe('1');
  });

  it.each([
    ['is not there', target({ name: 'nothing' }), 'rollout_not_found'],
    ['has no such revision', target({ revision: 7 }), 'revision_not_found'],
    ['is at it already', target({ revision: 1 }), 'revision_current'],
  ])('that %s is refused', async (_, wanted, code) => {
    shop = await aKubernetesStack(cluster, {});
    await appliedInTurn('Deployment', ['1']);
    await expect(shop.planUndo(wanted)).rejects.toMatchObject({ code });
  });

  it('that is another stack’s, or nobody’s, is refused', async () => {
    shop = await aKubernetesStack(cluster, { 'other.yaml': '' });
    const beside = await shop.beside('apps/beside', { 'web.yaml': workload('Deployment', '1') });
    await beside.apply();
    await expect(shop.planUndo(target())).rejects.toMatchObject({ code: 'rollout_foreign' });
    await shop.kubectl(
      'create',
      'deployment',
      'stray',
      '--image=registry.example.com/stray:1',
      '--replicas=0',
    );
    await expect(shop.planUndo(target({ name: 'stray' }))).rejects.toMatchObject({ code: 'rollout_foreign' });
  });
});

describe('an undo whose worker is gone', () => {
  it('is known to be made, or not, by what it was about to write', async () => {
    shop = await aKubernetesStack(cluster, {});
    await appliedInTurn('Deployment', ['1', '2']);
    const outputPath = join(shop.site.bench.root, `${randomUUID()}.log`);
    const made = await anApplyContext(shop.site.bench, shop.stack, {
      options: shop.site.options,
      outputPath,
      onBegin: () => Promise.reject(new Error('killed')),
    });
    const plan = await shop.planUndo(target());
    const recover = async () => await kubernetesDriver.recover!(made.context, attempt);
    const digest = digestOf(plan.identity);
    await expect(kubernetesDriver.undo!(made.context, target(), digest)).rejects.toThrow('killed');
    const attempt = anAttempt({ kind: 'rollback', stackKey: shop.stack.key, digest });
    expect(await recover()).toMatchObject({ outcome: 'not_applied' });
    await shop.kubectl('rollout', 'undo', 'deployment/web');
    expect(await recover()).toMatchObject({
      outcome: 'partial',
      summary: expect.stringContaining('Git was not reverted') as string,
    });
    await shop.kubectl('set', 'image', 'deployment/web', 'web=registry.example.com/web:9');
    expect(await recover()).toMatchObject({ outcome: 'unknown' });
    await made.remove();
  });
});
