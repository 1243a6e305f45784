import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TestCluster } from '../support/kube-client.ts';
import { sharedCluster } from '../support/kube-shared.ts';
import { type KubernetesStack, aKubernetesStack, writesIn } from '../support/kubernetes-stack.ts';
import { waitFor } from '../support/wait-for.ts';

const CONFIG = (name: string, annotations = '', color = 'red') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name}, annotations: {${annotations}} }\ndata: { color: ${color} }\n`;
const JOB = (name: string, hook: string, policy = '') => `apiVersion: batch/v1
kind: Job
metadata:
  name: ${name}
  annotations: { argocd.argoproj.io/hook: ${hook}${policy === '' ? '' : `, argocd.argoproj.io/hook-delete-policy: ${policy}`} }
spec:
  backoffLimit: 0
  template: { spec: { restartPolicy: Never, containers: [{ name: job, image: "registry.example.com/job:1" }] } }
`;
const WAVE = (wave: number) => ` argocd.argoproj.io/sync-wave: "${wave}" `;

let cluster: TestCluster;
let shop: KubernetesStack;
beforeAll(async () => {
  cluster = await sharedCluster();
});
afterEach(async () => await shop.remove());

const start = async (files: Record<string, string>) => (shop = await aKubernetesStack(cluster, files));
const names = async (kind: string) =>
  (await shop.kubectl('get', kind, '-o', 'jsonpath={.items[*].metadata.name}'))
    .split(' ')
    .filter((name) => name !== '' && name !== 'kube-root-ca.crt');

/** Ends the pod of a job, as a kubelet would tell it; the job's own controller draws the conclusion. */
const endJob = async (job: string, phase: 'Succeeded' | 'Failed', notOf = '') => {
  const pod = await waitFor(`a pod of ${job}`, async () => {
    const all = await shop.kubectl('get', 'pods', '-l', `job-name=${job}`, '-o', 'name');
    return all
      .trim()
      .split('\n')
      .find((name) => name !== '' && name !== notOf);
  });
  const status = JSON.stringify({ status: { phase } });
  await shop.kubectl('patch', pod, '--subresource=status', '--patch', status);
  return pod;
};

/** What Plumbline wrote and deleted in the stack's namespace, in its order. */
const writes = async () =>
  (await writesIn(cluster, shop.namespace)).map(({ verb, objectRef }) => `${verb} ${objectRef?.name}`);

describe('hooks', () => {
  it('run before and after what they are for, and are waited for', async () => {
    await start({
      'after.yaml': JOB('after', 'PostSync', 'HookSucceeded'),
      'before.yaml': JOB('before', 'PreSync'),
      'a.yaml': CONFIG('a', WAVE(-1)),
      'b.yaml': CONFIG('b', WAVE(2)),
    });
    const applying = shop.apply();
    await endJob('before', 'Succeeded');
    await endJob('after', 'Succeeded');
    expect(await applying).toMatchObject({ status: 'applied' });
    expect(await writes()).toEqual(['patch before', 'patch a', 'patch b', 'patch after', 'delete after']);
    expect(await names('jobs')).toEqual(['before']);
    // A stack whose hooks have run is clean, and they do not run again without a reason.
    expect((await shop.plan()).plan.changes).toEqual([]);
    expect(await shop.apply()).toMatchObject({ status: 'applied' });
    expect(await writes()).toHaveLength(5);
  });

  it('leave what they said in the log of the apply, or why that can’t be read', async () => {
    await start({
      'lost.yaml': JOB('lost', 'PreSync'),
      'unplaced.yaml': JOB('unplaced', 'PreSync'),
      'a.yaml': CONFIG('a'),
    });
    const applying = shop.apply();
    const lost = await waitFor('a pod of lost', async () => {
      const name = '-o=jsonpath={.items[*].metadata.name}';
      return (await shop.kubectl('get', 'pods', '-l', 'job-name=lost', name)) || undefined;
    });
    // Nobody runs pods here: one is given to a node that is not there, the other to none.
    const target = { apiVersion: 'v1', kind: 'Node', name: 'nowhere' };
    const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name: lost }, target };
    await cluster.must('POST', `/api/v1/namespaces/${shop.namespace}/pods/${lost}/binding`, { body });
    await endJob('lost', 'Succeeded');
    const unplaced = (await endJob('unplaced', 'Succeeded')).replace('pod/', '');
    const { artifacts } = (await applying).applying;
    const log = artifacts.find(({ kind }) => kind === 'apply_log')!.content;
    expect(log).toContain(`[${unplaced}/job] has no log: no node has run it`);
    expect(log).toMatch(new RegExp(`\\[${lost}/job\\] its log can't be read: .*nowhere`));
    expect(log).toMatch(/hook .*lost succeeded/);
  });

  it('are made anew for each sync', async () => {
    await start({ 'before.yaml': JOB('before', 'PreSync'), 'a.yaml': CONFIG('a') });
    const first = shop.apply();
    const pod = await endJob('before', 'Succeeded');
    expect(await first).toMatchObject({ status: 'applied' });
    await shop.write({ 'a.yaml': CONFIG('a', '', 'blue') });
    const second = shop.apply();
    await endJob('before', 'Succeeded', pod);
    expect(await second).toMatchObject({ status: 'applied' });
    expect(await writes()).toEqual(['patch before', 'patch a', 'delete before', 'patch before', 'patch a']);
  });

  it('that fail stop all that would have come, and those for failures run', async () => {
    await start({
      'before.yaml': JOB('before', 'PreSync', 'HookFailed'),
      'alarm.yaml': CONFIG('alarm', ' argocd.argoproj.io/hook: SyncFail '),
      'a.yaml': CONFIG('a'),
    });
    const applying = shop.apply();
    await endJob('before', 'Failed');
    const result = await applying;
    expect(result).toMatchObject({ status: 'failed', code: 'hook_failed', outcome: 'not_applied' });
    expect(result).toMatchObject({ message: expect.stringContaining('Job.batch/before failed') as string });
    expect(await writes()).toEqual(['patch before', 'delete before', 'patch alarm']);
    expect(await names('configmaps')).toEqual(['alarm']);
  });

  it('that fail in a wave stop the later ones, and what was written before stays known', async () => {
    await start({
      'a.yaml': CONFIG('a'),
      'middle.yaml': JOB('middle', 'Sync').replace('hook: Sync', `hook: Sync,${WAVE(1)}`),
      'b.yaml': CONFIG('b', WAVE(2)),
      'alarm.yaml': CONFIG('alarm', ' argocd.argoproj.io/hook: SyncFail '),
    });
    const applying = shop.apply();
    await endJob('middle', 'Failed');
    expect(await applying).toMatchObject({ status: 'failed', code: 'hook_failed', outcome: 'partial' });
    expect(await writes()).toEqual(['patch a', 'patch middle', 'patch alarm']);
    await shop.write({ 'a.yaml': '', 'middle.yaml': '' });
    expect((await shop.plan()).plan.changes.map(({ action, name }) => `${action} ${name}`)).toEqual([
      'delete a',
      'create b',
    ]);
  });
});
