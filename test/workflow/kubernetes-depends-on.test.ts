import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { anEnvironment } from '../support/environments.ts';
import { startKubernetesRollbackTest, type KubernetesRollbackTest } from '../support/kubernetes-rollback.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';

const BASE = 'envs/dev/base';
const DATA = 'envs/dev/data';
const SHOP = 'envs/dev/shop';

/** A pod that nobody runs, as there are no nodes: with a replica it never becomes available. */
const workload = (name: string, replicas: number, image = '1') => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: ${replicas}
  progressDeadlineSeconds: 1
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: app, image: "registry.example.com/${name}:${image}" }] }
`;
const config = (name: string, color = 'red') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { color: ${color} }\n`;

let temporal: TestTemporal;
let test: KubernetesRollbackTest;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});
afterEach(async () => {
  await test.stop();
});

/** The shop needs the data, and those need the base. */
async function start(): Promise<void> {
  test = await startKubernetesRollbackTest(temporal, {
    environments: [anEnvironment('development', { approvals: { required: 0 }, autoRollback: false })],
    stacks: [
      { path: SHOP, depends_on: [DATA] },
      { path: DATA, depends_on: [BASE] },
    ],
  });
}

/** The names of the ConfigMaps that were written. */
const written = async () =>
  (await test.kubectl('get', 'configmaps', '-o', 'jsonpath={.items[*].metadata.name}'))
    .split(' ')
    .filter((name) => name !== 'kube-root-ca.crt' && name !== '')
    .toSorted();

/** Each stack's verdict in the newest sync. */
async function verdicts(): Promise<
  Record<string, { kind: string; blockedBy: readonly string[]; why: string }>
> {
  const { store } = test.workers;
  const tasks = await store.tasks.list({ repo: test.repo.name, limit: 99 });
  const task = tasks.find(({ kind, trigger }) => kind === 'sync' && trigger === 'manual')!;
  const all = await store.verdicts.listByTask(task.id);
  return Object.fromEntries(
    Object.entries(all).map(([job, { kind, blockedBy, reasons }]) => [
      job.split(':')[1]!,
      { kind, blockedBy, why: reasons.map(({ message }) => message).join(' ') },
    ]),
  );
}

describe('stacks that depend on others', { timeout: 180_000 }, () => {
  it('are applied in their order, each when the one before is healthy', async () => {
    await start();
    await test.push({
      [`${SHOP}/a.yaml`]: config('shop'),
      [`${DATA}/a.yaml`]: config('data'),
      [`${BASE}/a.yaml`]: workload('base', 0),
    });
    expect((await test.run('sync')).at(-1)).toMatchObject({ status: 'completed' });
    expect(await written()).toEqual(['data', 'shop']);
    const attempts = await test.workers.store.attempts.list({ repo: test.repo.name, limit: 9 });
    const inTime = attempts.toSorted((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
    expect(inTime.map(({ stackKey }) => stackKey)).toEqual([BASE, DATA, SHOP]);
    const overlapping = inTime
      .slice(1)
      .filter(({ startedAt }, before) => startedAt < inTime[before]!.endedAt!);
    expect(overlapping).toEqual([]);
  });

  it('wait for one that is not healthy at this commit, and say who is at the end of the chain', async () => {
    await start();
    await test.push({
      [`${SHOP}/a.yaml`]: config('shop'),
      [`${DATA}/a.yaml`]: config('data'),
      [`${BASE}/a.yaml`]: workload('base', 0),
    });
    await test.run('sync');
    // The new commit makes the first one ill: what was healthy at the commit before counts for nothing.
    await test.push({
      [`${SHOP}/b.yaml`]: config('shop-new'),
      [`${DATA}/b.yaml`]: config('data-new'),
      [`${BASE}/a.yaml`]: workload('base', 1, '2'),
    });
    await test.run('sync');
    expect(await written()).toEqual(['data', 'shop']);
    const found = await verdicts();
    expect(found[DATA]).toMatchObject({ kind: 'blocked', blockedBy: [BASE] });
    expect(found[SHOP]).toMatchObject({ kind: 'blocked', blockedBy: [BASE] });
    expect(found[SHOP]!.why).toBe(`Blocked by ${BASE}, which failed (${SHOP} → ${DATA} → ${BASE}).`);
    // Asked for alone it is no other: the stack that it needs stands where it stood.
    await test.run('sync', { stacks: [SHOP] });
    expect(await written()).toEqual(['data', 'shop']);
    expect((await verdicts())[SHOP]!.blockedBy.length).toBeGreaterThan(0);

    await test.push({ [`${BASE}/a.yaml`]: workload('base', 0, '3') });
    expect((await test.run('sync')).at(-1)).toMatchObject({ status: 'completed' });
    expect(await written()).toEqual(['data', 'data-new', 'shop', 'shop-new']);
  });
});
