import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestCluster } from '../support/kube-client.ts';
import { sharedCluster } from '../support/kube-shared.ts';
import { aKubernetesStack, type KubernetesStack } from '../support/kubernetes-stack.ts';
import { waitFor } from '../support/wait-for.ts';

const DEPLOYMENT = (name: string, extra = '') => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: 1
${extra}  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: web, image: registry.example.com/${name}:1 }] }
`;

/** As the controller says it of a rollout that takes longer than a second. */
const IMPATIENT = '  progressDeadlineSeconds: 1\n';

let cluster: TestCluster;
let shop: KubernetesStack;
beforeAll(async () => {
  cluster = await sharedCluster();
});
afterEach(async () => await shop.remove());

const start = async (files: Record<string, string>, timeout: string) => {
  shop = await aKubernetesStack(cluster, files, { options: { timeout } });
  expect(await shop.apply()).toMatchObject({ status: 'applied' });
};

/** What a kubelet would say of the only pod of a Deployment. */
const podSays = async (app: string, status: object) => {
  const name = await waitFor(`a pod of ${app}`, async () =>
    shop.kubectl('get', 'pods', '-l', `app=${app}`, '-o', 'name'),
  );
  await shop.kubectl('patch', name.trim(), '--subresource=status', '--patch', JSON.stringify({ status }));
};

const unready = { type: 'Ready', status: 'False' };
const waiting = (reason: string, message: string) => ({
  phase: 'Pending',
  conditions: [unready],
  containerStatuses: [
    {
      name: 'web',
      image: 'x',
      imageID: '',
      ready: false,
      restartCount: 0,
      state: { waiting: { reason, message } },
    },
  ],
});

describe('the health of what was applied', () => {
  it('is waited for as long as the stack says, and what is missing is said meanwhile', async () => {
    await start({ 'shop.yaml': DEPLOYMENT('shop') }, '1s');
    const startedAt = performance.now();
    const { ok, summary, applying } = await shop.verify();
    expect(performance.now() - startedAt).toBeGreaterThan(1000);
    expect(ok).toBe(false);
    expect(summary).toContain(
      `${shop.namespace}/Deployment.apps/shop is progressing: waiting for the rollout: 0 of 1 updated replicas are available`,
    );
    const lines = applying.progress.filter(({ step }) => step === 'Waiting for health');
    expect(lines.at(-1)?.line).toContain('Deployment.apps/shop is progressing');
  });

  it('is given up at once when it won’t come, and the worst is told first', async () => {
    await start({ 'a.yaml': DEPLOYMENT('a'), 'b.yaml': DEPLOYMENT('b', IMPATIENT) }, '2m');
    const { ok, summary } = await shop.verify();
    expect(ok).toBe(false);
    expect(summary).toMatch(/Deployment\.apps\/b is degraded: .*timed out progressing.* \(and 1 more\)$/);
  });

  it('is explained by what the pods say', async () => {
    await start({ 'shop.yaml': DEPLOYMENT('shop', IMPATIENT) }, '2m');
    await podSays('shop', waiting('ImagePullBackOff', 'Back-off pulling image "shop:1"'));
    const { summary } = await shop.verify();
    expect(summary).toMatch(/container web of pod shop-\S+ can't start: ImagePullBackOff: Back-off pulling/);
  });

  it('never tells a secret of the stack', async () => {
    const secret =
      'apiVersion: v1\nkind: Secret\nmetadata: { name: key }\nstringData: { token: correct-horse-battery }\n';
    await start({ 'key.yaml': secret, 'shop.yaml': DEPLOYMENT('shop') }, '1s');
    await podSays('shop', waiting('CreateContainerError', 'no such key: correct-horse-battery'));
    const { summary, applying } = await shop.verify();
    expect(summary).toContain('no such key: ***');
    expect(JSON.stringify(applying.progress)).not.toContain('correct-horse-battery');
  });

  it('comes, and then nothing is said', async () => {
    await start({ 'shop.yaml': DEPLOYMENT('shop') }, '2m');
    await podSays('shop', { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] });
    expect(await shop.verify()).toMatchObject({ ok: true, summary: 'Live is what Git says, and healthy.' });
  });
});
