import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requiredApprovals } from '../../src/domain/approvals/rules.ts';
import { decide } from '../../src/temporal/requests.ts';
import { syncSchedules } from '../../src/workers/schedules.ts';
import { aSigner } from '../support/decisions.ts';
import { anEnvironment } from '../support/environments.ts';
import { errorOf } from '../support/error-of.ts';
import { aDriftedChange, aFakeDriver, type FakeDriver } from '../support/fake-driver.ts';
import { startTestTemporal, testLog, type TestTemporal } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';
import {
  aRepo,
  aVoucher,
  publishedSettings,
  startTestWorkers,
  type TestWorkers,
} from '../support/workers.ts';

const KEY = 'envs/prod';
const ALICE = 'alice@example.com';
const digestKey = randomBytes(32);
const signer = aSigner();
const repo = aRepo();
const timed = aRepo({ syncSchedule: '0 0 1 1 *' });
const replayed = aRepo();
let driver: FakeDriver;
let temporal: TestTemporal;
let test: TestWorkers;

beforeAll(async () => {
  temporal = await startTestTemporal();
  driver = aFakeDriver([KEY], () => ({ changes: [aDriftedChange()] }));
  const environments = [anEnvironment('production', { approvals: { required: 1 } })];
  test = await startTestWorkers(temporal, {
    drivers: [driver],
    settings: publishedSettings([repo, timed, replayed], { environments }),
    overrides: { verifySigned: signer.verify, digestKey },
  });
});
afterAll(async () => {
  await test?.stop();
  await temporal?.stop();
});

const newest = async (name: string) => (await test.store.approvals.latest(name, KEY))!;
const tasksOf = async (name: string) => (await test.store.tasks.list({ repo: name, limit: 9 })).toReversed();
const startersOf = async (name: string) =>
  (await tasksOf(name)).map(({ actor, trigger, vouched }) => [actor, trigger, vouched]);
const say = async (by: string) =>
  await decide(
    { client: temporal.client, taskQueue: test.taskQueue },
    { repo: repo.name, key: KEY, verb: 'approve', message: signer.decision(await newest(repo.name), by) },
  );

describe('a sync that somebody starts over Temporal in the name of another', () => {
  it('needs one person more than the policy asks for, and the one who was named is none of them', async () => {
    await (await test.sync(repo.name, { actor: ALICE, trigger: 'api', voucher: undefined })).result();
    expect(requiredApprovals(await newest(repo.name))).toBe(2);
    // Whoever started it may be the first who approves.
    expect(await say('mallory@example.com')).toMatchObject({
      status: 'waiting',
      missing: ['one more approval'],
    });
    expect(await errorOf(say(ALICE))).toMatchObject({ details: { code: 'own_change' } });
    expect(driver.applied.get(KEY)).toBeUndefined();
    expect(await say('bob@example.com')).toMatchObject({ status: 'approved' });
    await waitFor('the apply', async () => (await newest(repo.name)).status === 'used');
    await waitFor('its end', async () => (await test.store.tasks.active(repo.name)) === undefined);
    expect(driver.applied.get(KEY)).toBe(1);
    // What follows from it comes from nobody who is better known.
    expect(await startersOf(repo.name)).toEqual([
      [ALICE, 'api', false],
      [ALICE, 'approval', false],
    ]);
    const [started] = await test.store.audit.list({ repo: repo.name, afterSeq: 0, limit: 1 });
    expect(started).toMatchObject({ action: 'task.started', details: { vouched: false } });
  });

  it('is not vouched for by what vouched for another task', async () => {
    const voucher = aVoucher(digestKey, { repo: replayed.name, actor: ALICE, trigger: 'api' });
    for (const actor of [ALICE, ALICE, 'bob@example.com'])
      await (await test.sync(replayed.name, { actor, trigger: 'api', voucher })).result();
    expect(await startersOf(replayed.name)).toEqual([
      [ALICE, 'api', true],
      [ALICE, 'api', false],
      ['bob@example.com', 'api', false],
    ]);
  });
});

describe('a sync on a schedule', () => {
  it('is vouched for where the schedule has started it, and not where its ID was typed by hand', async () => {
    const { schedule, workflow } = temporal.client;
    await syncSchedules(temporal.client, { repos: [timed] }, { taskQueue: test.taskQueue, log: testLog() });
    await schedule.getHandle(`schedule/${timed.name}/sync`).trigger();
    const ended = (count: number) =>
      waitFor('the sync', async () => {
        const tasks = await tasksOf(timed.name);
        return tasks.length === count && tasks.every(({ endedAt }) => endedAt !== null);
      });
    await ended(1);
    expect(requiredApprovals(await newest(timed.name))).toBe(1);
    await workflow.getHandle(`repo/${timed.name}`).result();
    for (const end of ['by-hand', '-2026-01-01T00:00:00Z'])
      await workflow
        .execute('scheduledTrigger', {
          workflowId: `schedule/${timed.name}/sync${end}`,
          taskQueue: test.taskQueue,
          args: [{ repo: timed.name, kind: 'sync' }],
        })
        .then(() => workflow.getHandle(`repo/${timed.name}`).result());
    expect(await startersOf(timed.name)).toEqual([
      ['plumbline', 'schedule', true],
      ['plumbline', 'schedule', false],
      ['plumbline', 'schedule', false],
    ]);
    expect(requiredApprovals(await newest(timed.name))).toBe(2);
  });
});
