import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DriverPlan } from '../../src/drivers/driver.ts';
import { digestOf } from '../support/applying.ts';
import type { TestCluster } from '../support/kube-client.ts';
import { sharedCluster } from '../support/kube-shared.ts';
import { aKubernetesStack, changesOf, type KubernetesStack } from '../support/kubernetes-stack.ts';
import { waitFor } from '../support/wait-for.ts';

const CHILD = fileURLToPath(new URL('../support/kubernetes-apply-process.ts', import.meta.url));
const CONFIG = (name: string, color = 'red') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { color: ${color} }\n`;
const MANY = 200;
const ALL = Array.from({ length: MANY }, (_, at) => `many-${at}`).toSorted();
const many = () => ALL.map((name) => CONFIG(name)).join('---\n');

let cluster: TestCluster;
let shop: KubernetesStack;
const children: ChildProcess[] = [];
beforeAll(async () => {
  cluster = await sharedCluster();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await shop.remove();
});

const start = async (files: Record<string, string>) => (shop = await aKubernetesStack(cluster, files));

describe('what became of an attempt whose worker is gone', () => {
  it('is that nothing was applied, a part, or all of it', async () => {
    await start({ 'a.yaml': CONFIG('a'), 'b.yaml': CONFIG('b') });
    const { plan } = await shop.plan();
    expect(await shop.recover(plan)).toMatchObject({ outcome: 'not_applied', orphanedLock: null });
    await shop.write({ 'b.yaml': '' });
    await shop.apply();
    await shop.write({ 'b.yaml': CONFIG('b') });
    expect(await shop.recover(plan)).toMatchObject({
      outcome: 'partial',
      summary: expect.stringContaining('still has 1 change,') as string,
    });
    await shop.apply();
    expect(await shop.recover(plan)).toMatchObject({ outcome: 'applied' });
  });

  it('is unknown where not all of it can be looked at', async () => {
    await start({ 'a.yaml': CONFIG('a') });
    const { plan } = await shop.plan();
    const broken =
      'apiVersion: v1\nkind: Service\nmetadata: { name: b }\nspec: { ports: [{ port: 99999 }] }\n';
    await shop.write({ 'b.yaml': broken });
    expect(await shop.recover(plan)).toMatchObject({
      outcome: 'unknown',
      summary: expect.stringContaining('99999') as string,
    });
  });
});

/** Applies in another process, and kills that as soon as it has said so many lines. */
const applyUntil = async (plan: DriverPlan, lines: number): Promise<void> => {
  const { bench, options } = shop.site;
  const input = JSON.stringify({ bench, options, stack: shop.stack, digest: digestOf(plan.identity) });
  const child = spawn(process.execPath, [CHILD, input], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const ended = once(child, 'exit');
  let said = 0;
  createInterface({ input: child.stdout }).on('line', () => {
    said += 1;
    if (said === lines) child.kill('SIGKILL');
  });
  await ended;
  expect([child.signalCode, said >= lines]).toEqual(['SIGKILL', true]);
};

/** The objects that Plumbline wrote, in its order, by the audit log. */
const written = async (): Promise<string[]> =>
  (await cluster.auditLog()).flatMap(({ verb, objectRef, userAgent, requestURI }) =>
    ['create', 'update', 'patch'].includes(verb) &&
    objectRef?.namespace === shop.namespace &&
    objectRef.name?.startsWith('many-') === true &&
    userAgent?.startsWith('plumbline') === true &&
    !requestURI.includes('dryRun=All')
      ? [objectRef.name]
      : [],
  );

/** Those that are there. */
const live = async (): Promise<string[]> => {
  const names = await shop.kubectl('get', 'configmaps', '-o', 'jsonpath={.items[*].metadata.name}');
  return names
    .split(' ')
    .filter((name) => name.startsWith('many-'))
    .toSorted();
};

describe('an apply whose process is killed', () => {
  it('goes on: nothing is written twice, nothing is missing, and all of it is known', async () => {
    await start({ 'many.yaml': many() });
    const { plan } = await shop.plan();
    await applyUntil(plan, 40);
    const byFirst = await live();
    expect(byFirst.length).toBeGreaterThanOrEqual(39);
    const recovery = await shop.recover(plan);
    expect(recovery.outcome).toBe(byFirst.length === MANY ? 'applied' : 'partial');

    const before = await written();
    expect(await shop.apply()).toMatchObject({ status: 'applied' });
    const bySecond = (await written()).slice(before.length);
    expect([...byFirst, ...bySecond].toSorted()).toEqual(ALL);
    expect(before.toSorted()).toEqual([...new Set(before)].toSorted());
    expect(await live()).toEqual(ALL);
    expect(await shop.recover(plan)).toMatchObject({ outcome: 'applied' });

    await shop.write({ 'many.yaml': CONFIG('last') });
    const deleted = changesOf((await shop.plan()).plan).filter((change) => change.startsWith('delete'));
    expect(deleted).toHaveLength(MANY);
  });

  it('leaves nothing that is not known, even when nobody goes on', async () => {
    await start({ 'many.yaml': many() });
    const { plan } = await shop.plan();
    await applyUntil(plan, 40);
    await shop.write({ 'many.yaml': CONFIG('last') });
    // The server may still carry out what was on its way when the process was killed.
    const unknown = async () => {
      const { plan: next } = await shop.plan();
      const deleted = new Set(
        next.changes.filter(({ action }) => action === 'delete').map(({ name }) => name),
      );
      expect(deleted.size).toBeGreaterThanOrEqual(39);
      return (await live()).filter((name) => !deleted.has(name));
    };
    await expect.poll(unknown, { timeout: 30_000 }).toEqual([]);
  });
});

const JOB = `apiVersion: batch/v1
kind: Job
metadata: { name: after, annotations: { argocd.argoproj.io/hook: PostSync } }
spec:
  template: { spec: { restartPolicy: Never, containers: [{ name: job, image: "registry.example.com/job:1" }] } }
`;

/** Ends the pod of a job that is no other one's, as a kubelet would tell it. */
const endJob = async (phase: 'Succeeded' | 'Failed', notOf = ''): Promise<string> => {
  const pod = await waitFor('a pod of the job', async () => {
    const all = await shop.kubectl('get', 'pods', '-l', 'job-name=after', '-o', 'name');
    return all.split('\n').find((name) => name !== '' && name !== notOf);
  });
  const status = JSON.stringify({ status: { phase } });
  await shop.kubectl('patch', pod, '--subresource=status', '--patch', status);
  return pod;
};

describe('an apply whose hooks did not run', () => {
  it('because its process was killed, is no whole one: they are planned, and run with the next', async () => {
    await start({ 'a.yaml': CONFIG('a'), 'after.yaml': JOB });
    const { plan } = await shop.plan();
    await applyUntil(plan, 1);
    expect(await shop.recover(plan)).toMatchObject({
      outcome: 'partial',
      summary: expect.stringContaining('still has 1 change') as string,
    });
    expect(changesOf((await shop.plan()).plan)).toEqual(['create Job.batch/after pending']);
    const applying = shop.apply();
    await endJob('Succeeded');
    expect(await applying).toMatchObject({ status: 'applied' });
    expect((await shop.plan()).plan.changes).toEqual([]);
    expect(await shop.recover(plan)).toMatchObject({ outcome: 'applied' });
  });

  it('to a good end is tried again with the next', async () => {
    await start({ 'a.yaml': CONFIG('a'), 'after.yaml': JOB.replace('spec:', 'spec:\n  backoffLimit: 0') });
    const first = shop.apply();
    const pod = await endJob('Failed');
    expect(await first).toMatchObject({ status: 'failed', code: 'hook_failed', outcome: 'partial' });
    expect(changesOf((await shop.plan()).plan)).toEqual(['create Job.batch/after pending']);
    const second = shop.apply();
    await endJob('Succeeded', pod);
    expect(await second).toMatchObject({ status: 'applied' });
    expect((await shop.plan()).plan.changes).toEqual([]);
  });
});
