import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decide, wakeApproval } from '../../src/temporal/requests.ts';
import type { EnvironmentPolicy } from '../../src/domain/eligibility/policy.ts';
import { aHold } from '../support/an-eligibility.ts';
import { aSigner } from '../support/decisions.ts';
import { anEnvironment } from '../support/environments.ts';
import { aDriftedChange, aFakeDriver, type FakeDriver } from '../support/fake-driver.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';

const KEY = 'envs/prod';
const signer = aSigner();
const repo = aRepo();
let driver: FakeDriver;
let appliedAtMs = 0;
let temporal: TestTemporal;
let test: TestWorkers;

beforeAll(async () => {
  temporal = await startTestTemporal();
  driver = aFakeDriver([KEY], () => ({ changes: [aDriftedChange()] }), {
    apply: () => {
      appliedAtMs = Date.now();
      return undefined;
    },
  });
  const overrides = { verifySigned: signer.verify };
  test = await startTestWorkers(temporal, { drivers: [driver], settings: settingsOf({}), overrides });
});
afterAll(async () => {
  await test?.stop();
  await temporal?.stop();
});

const target = () => ({ client: temporal.client, taskQueue: test.taskQueue });
const newest = () => test.store.approvals.latest(repo.name, KEY);
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

function settingsOf(
  policy: Partial<EnvironmentPolicy>,
  approvals: Partial<EnvironmentPolicy['approvals']> = {},
) {
  const usual = anEnvironment('production', { approvals: { required: 1, ...approvals } });
  return publishedSettings([repo], { environments: [{ ...usual, policy: { ...usual.policy, ...policy } }] });
}

/** Has the plan presented, something put in its way, and then approved. */
async function approvedBehind(obstacle: () => Promise<unknown>) {
  driver.applied.clear();
  await (await test.sync(repo.name, { actor: 'carol@example.com' })).result();
  const approval = (await newest())!;
  await obstacle();
  const message = signer.decision(approval, 'alice@example.com');
  const state = await decide(target(), { repo: repo.name, key: KEY, verb: 'approve', message });
  expect(state).toMatchObject({ status: 'approved' });
  return approval;
}

const publish = (...args: Parameters<typeof settingsOf>) =>
  test.store.configs.publish(settingsOf(...args), new Date().toISOString());

describe('a plan that was approved, but is held back', () => {
  it(
    'is applied when the pause is released, and nothing is asked for before',
    { timeout: 60_000 },
    async () => {
      const hold = aHold({ kind: 'pause', scope: 'repo', repo: repo.name, name: '' });
      const approval = await approvedBehind(() => test.store.holds.place(hold));
      const tasks = await test.store.tasks.list({ repo: repo.name, limit: 9 });
      expect(tasks).toHaveLength(1);
      expect(driver.applied.size).toBe(0);
      await test.store.holds.release(hold.id, 'alice@example.com', inMs(0));
      const signal = { approval_id: approval.id, digest: approval.digest };
      await wakeApproval(target(), { repo: repo.name, key: KEY, signal });
      await waitFor('the apply', () => driver.applied.has(KEY));
      await temporal.client.workflow.getHandle(`approval/${repo.name}/${KEY}`).result();
      expect(await newest()).toMatchObject({ id: approval.id, status: 'used' });
      await temporal.client.workflow.getHandle(`repo/${repo.name}`).result();
    },
  );

  it('is applied when the freeze ends', { timeout: 60_000 }, async () => {
    let until = '';
    const approval = await approvedBehind(async () => {
      until = inMs(4_000);
      await publish({ freeze: { reason: 'holidays', until } });
    });
    await waitFor('the apply', () => driver.applied.has(KEY));
    expect(appliedAtMs).toBeGreaterThan(Date.parse(until));
    expect(await newest()).toMatchObject({ id: approval.id, status: 'used' });
    await temporal.client.workflow.getHandle(`repo/${repo.name}`).result();
    await publish({});
  });

  it('expires in its time, and the next sync asks people anew', { timeout: 60_000 }, async () => {
    await publish({}, { expiresAfterMs: 12_000 });
    const hold = aHold({ id: 'second', kind: 'pause', scope: 'repo', repo: repo.name, name: '' });
    const approval = await approvedBehind(() => test.store.holds.place(hold));
    await waitFor('its end', async () => (await newest())?.status === 'expired');
    expect(Date.now()).toBeGreaterThan(Date.parse(approval.expiresAt!));
    await test.store.holds.release(hold.id, 'alice@example.com', inMs(0));
    await (await test.sync(repo.name, { actor: 'carol@example.com' })).result();
    const next = (await newest())!;
    expect(next).toMatchObject({ status: 'waiting', digest: approval.digest });
    expect(next.id).not.toBe(approval.id);
    expect(driver.applied.size).toBe(0);
  });
});
