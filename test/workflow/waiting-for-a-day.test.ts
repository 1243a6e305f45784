import { ScheduleOverlapPolicy } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decide } from '../../src/temporal/requests.ts';
import { syncSchedules } from '../../src/workers/schedules.ts';
import { aSigner } from '../support/decisions.ts';
import { anEnvironment } from '../support/environments.ts';
import { aDriftedChange, aFakeDriver } from '../support/fake-driver.ts';
import { startTestTemporal, testLog, type TestTemporal } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';

const KEY = 'envs/prod';
const HOURS = 24;
const HOUR_MS = 3_600_000;
const signer = aSigner();
const repo = aRepo({ schedule: '0 * * * *' });
const driver = aFakeDriver([KEY], () => ({ changes: [aDriftedChange()] }));
let temporal: TestTemporal;
let test: TestWorkers;

beforeAll(async () => {
  temporal = await startTestTemporal();
  const approvals = { required: 2, remindEveryMs: 500 };
  test = await startTestWorkers(temporal, {
    drivers: [driver],
    settings: publishedSettings([repo], { environments: [anEnvironment('production', { approvals })] }),
    overrides: { verifySigned: signer.verify },
  });
  const { taskQueue } = test;
  await syncSchedules(temporal.client, { repos: [repo] }, { taskQueue, log: testLog() });
});
afterAll(async () => {
  await test?.stop();
  await temporal?.stop();
});

/** Has the schedule do what it does at a full hour, as it would have on that day, and gives the scan that came of it. */
async function scanAt(hour: Date): Promise<string> {
  const before = new Set((await scheduled()).map(({ id }) => id));
  const schedule = temporal.client.schedule.getHandle(`schedule/${repo.name}`);
  const overlap = ScheduleOverlapPolicy.ALLOW_ALL;
  await schedule.backfill({ start: new Date(hour.getTime() - 60_000), end: hour, overlap });
  const scan = await waitFor('the scan of the hour', async () =>
    (await scheduled()).find(({ id, endedAt }) => !before.has(id) && endedAt !== null),
  );
  // The lock is given back a moment after the task has ended in the store.
  await temporal.client.workflow.getHandle(`repo/${repo.name}`).result();
  return scan.status;
}

const scheduled = async () =>
  (await test.store.tasks.list({ repo: repo.name, limit: 99 })).filter(
    ({ trigger }) => trigger === 'schedule',
  );

describe('an approval that waits for a day', () => {
  it(
    'keeps no scheduled scan of its repo, and is still the same at the end',
    { timeout: 300_000 },
    async () => {
      const sync = await test.sync(repo.name, { actor: 'carol@example.com' });
      expect(await sync.result()).toMatchObject({ status: 'awaiting_approval', waiting: 1 });
      const approval = (await test.store.approvals.latest(repo.name, KEY))!;
      const waiting = temporal.client.workflow.getHandle(`approval/${repo.name}/${KEY}`);
      const { runId } = await waiting.describe();
      const midnight = Math.floor(Date.now() / (24 * HOUR_MS)) * 24 * HOUR_MS - 24 * HOUR_MS;
      const found: string[] = [];
      for (let hour = 0; hour < HOURS; hour += 1)
        found.push(await scanAt(new Date(midnight + hour * HOUR_MS)));
      expect(found).toEqual(Array.from({ length: HOURS }, () => 'completed'));
      expect(driver.applied.size).toBe(0);
      const { reminders, ...still } = (await test.store.approvals.latest(repo.name, KEY))!;
      expect(still).toEqual(approval);
      expect(reminders?.times).toBeGreaterThan(0);
      expect(await waiting.describe()).toMatchObject({ runId, status: { name: 'RUNNING' } });

      const target = { client: temporal.client, taskQueue: test.taskQueue };
      for (const by of ['alice@example.com', 'bob@example.com']) {
        await decide(target, {
          repo: repo.name,
          key: KEY,
          verb: 'approve',
          message: signer.decision(approval, by),
        });
      }
      await waitFor('the apply', () => driver.applied.get(KEY) === 1);
      await waitFor('the end', async () => (await test.store.tasks.active(repo.name)) === undefined);
    },
  );
});
