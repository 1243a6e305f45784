import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decide } from '../../src/temporal/requests.ts';
import type { Approval } from '../../src/domain/approvals/approval.ts';
import { createMetrics } from '../../src/util/metrics.ts';
import { aSigner } from '../support/decisions.ts';
import { anEnvironment } from '../support/environments.ts';
import { aDriftedChange, aFakeDriver, type FakeDriver } from '../support/fake-driver.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';

const KEY = 'envs/prod/app';
const signer = aSigner();
const metrics = createMetrics();
const repo = aRepo();
/** Git moved, live did not: nothing says since when but the first plan that saw it. */
const change = aDriftedChange({ cause: 'pending' });
const NOTHING_KEPT = { backup: null, log: null };
let broken = false;
let driver: FakeDriver;
let temporal: TestTemporal;
let test: TestWorkers;

beforeAll(async () => {
  temporal = await startTestTemporal();
  driver = aFakeDriver([KEY], () => ({ changes: [change], identity: { size: change.after } }), {
    apply: () =>
      broken
        ? { status: 'failed', outcome: 'partial', code: 'apply_failed', message: 'No.', ...NOTHING_KEPT }
        : undefined,
  });
  const production = anEnvironment('production', { approvals: { required: 1 }, autoRollback: false });
  test = await startTestWorkers(temporal, {
    drivers: [driver],
    settings: publishedSettings([repo], { environments: [production] }),
    overrides: { verifySigned: signer.verify, metrics },
  });
});
afterAll(async () => {
  await test?.stop();
  await temporal?.stop();
});

const say = (by: string, approval: Approval, verb: 'approve' | 'reject' | 'withdraw') =>
  decide(
    { client: temporal.client, taskQueue: test.taskQueue },
    { repo: repo.name, key: KEY, verb, message: signer.decision(approval, by, verb) },
  );

async function valueOf(name: string): Promise<number | undefined> {
  const text = await metrics.registry.metrics();
  const line = text
    .split('\n')
    .find((each) => each.startsWith(`${name}{repo="${repo.name}",environment="production"}`));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

describe('the metrics of a sync and its approval', () => {
  it('count for their environment, and approval time runs from the first plan that saw the change', async () => {
    await (await test.scan(repo.name)).result();
    const [seen] = await test.store.jobs.listByStack(repo.name, KEY, 9);
    await delay(1_100);
    await (await test.sync(repo.name, { actor: 'carol@example.com' })).result();
    expect(await valueOf('gitops_sync_duration_seconds_count')).toBe(1);
    // It waits for people: it has neither succeeded nor failed.
    expect(await valueOf('gitops_sync_success_rate')).toBeUndefined();
    const approval = (await test.store.approvals.latest(repo.name, KEY))!;
    expect(approval.detectedAt).toBe(seen!.endedAt);
    await say('bob@example.com', approval, 'reject');
    await say('alice@example.com', approval, 'approve');
    expect(await valueOf('gitops_approval_time_seconds_count')).toBeUndefined();
    // The rejection is all that it still waits for.
    await say('bob@example.com', approval, 'withdraw');
    const { decidedAt } = (await test.store.approvals.get(approval.id))!;
    expect(await valueOf('gitops_approval_time_seconds_count')).toBe(1);
    const seconds = (await valueOf('gitops_approval_time_seconds_sum'))!;
    const since = (Date.parse(decidedAt!) - Date.parse(seen!.endedAt!)) / 1000;
    expect(since).toBeGreaterThan(1.1);
    expect(Math.abs(seconds - since)).toBeLessThan(1);
    await waitFor('the end', async () => (await valueOf('gitops_sync_success_rate')) === 1);
    expect(await valueOf('gitops_sync_duration_seconds_count')).toBe(2);
  });

  it('show a sync that failed in the success rate', async () => {
    await temporal.client.workflow.getHandle(`repo/${repo.name}`).result();
    broken = true;
    driver.applied.clear();
    const taskId = `${repo.name}:1`;
    const emergency = signer.emergency({ repo: repo.name, taskId }, 'root@example.com', {});
    const actor = 'root@example.com';
    await (await test.sync(repo.name, { task_id: taskId, actor, emergency })).result();
    await waitFor('the rate', async () => (await valueOf('gitops_sync_success_rate')) === 0.5);
    expect(await valueOf('gitops_sync_duration_seconds_count')).toBe(3);
  });
});
