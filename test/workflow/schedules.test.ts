import { ScheduleOverlapPolicy, type ScheduleSpec } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syncSchedules } from '../../src/workers/schedules.ts';
import { aFakeDriver } from '../support/fake-driver.ts';
import { startTestTemporal, testLog, type TestTemporal } from '../support/temporal.ts';
import { aGate, waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';
import type { PlanContext } from '../../src/drivers/driver.ts';

const MINUTE_MS = 60_000;
let temporal: TestTemporal;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});

/** What an edit changes of a schedule. */
interface ScheduleEdit {
  spec?: ScheduleSpec;
  action?: { args?: unknown[]; taskQueue?: string };
  policies?: { overlap: ScheduleOverlapPolicy };
}

async function trigger(test: TestWorkers, repo: string) {
  return await temporal.client.workflow.execute('scheduledTrigger', {
    workflowId: `schedule/${repo}-by-hand`,
    taskQueue: test.taskQueue,
    args: [{ repo }],
  });
}

describe('syncSchedules', () => {
  it('creates, changes and removes schedules so that they equal the config, and leaves others alone', async () => {
    const { client } = temporal;
    const sync = (repos: ReturnType<typeof aRepo>[]) =>
      syncSchedules(client, { repos }, { taskQueue: 'schedules', log: testLog() });
    await client.schedule.create({
      scheduleId: 'schedule/of-somebody-else',
      spec: { cronExpressions: ['0 0 * * *'] },
      action: { type: 'startWorkflow', workflowType: 'other', taskQueue: 'other' },
    });
    const one = aRepo({ name: 'one', schedule: '0 */6 * * *' });
    const two = aRepo({ name: 'two', schedule: '30 4 * * *' });
    expect(await sync([one, two, aRepo()])).toMatchObject({
      created: ['schedule/one', 'schedule/two', 'retention'],
    });
    expect(await sync([one, two])).toEqual({ created: [], updated: [], deleted: [] });
    const handle = client.schedule.getHandle('schedule/one');
    await handle.pause('holidays');
    await waitFor('the list of schedules', async () => {
      const ids = [];
      for await (const { scheduleId } of client.schedule.list()) ids.push(scheduleId);
      return ids.includes('schedule/two') && ids.includes('retention');
    });
    expect(await sync([{ ...one, schedule: '15 * * * *' }])).toEqual({
      created: [],
      updated: ['schedule/one'],
      deleted: ['schedule/two'],
    });
    const changed = await handle.describe();
    expect(changed.state.paused).toBe(true);
    expect(changed.spec.calendars?.[0]?.minute).toEqual([{ start: 15, end: 15, step: 1 }]);
    expect(changed.action).toMatchObject({ workflowType: 'scheduledTrigger', args: [{ repo: 'one' }] });
    expect(await client.schedule.getHandle('schedule/of-somebody-else').describe()).toBeDefined();
    // A scan that was missed is not worth much; what is to be forgotten waits for a machine that is off at night.
    expect(changed.policies.catchupWindow).toBe(10 * MINUTE_MS);
    const { policies } = await client.schedule.getHandle('retention').describe();
    expect(policies.catchupWindow).toBe(3 * 24 * 60 * MINUTE_MS);
  });
});

describe('a schedule that somebody edited in Temporal', () => {
  const one = aRepo({ schedule: '0 */6 * * *' });
  const sync = () =>
    syncSchedules(temporal.client, { repos: [one] }, { taskQueue: 'edited', log: testLog() });
  const handle = () => temporal.client.schedule.getHandle(`schedule/${one.name}`);
  const facts = async () => {
    const { spec, action, policies } = await handle().describe();
    return { spec, action, policies };
  };

  it.each([
    ['its times', { spec: { cronExpressions: ['5 5 * * *'] } }],
    ['its arguments', { action: { args: [{ repo: 'another' }] } }],
    ['its task queue', { action: { taskQueue: 'another' } }],
    ['its policy', { policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL } }],
  ])('is put right: %s', async (_what, edit: ScheduleEdit) => {
    await sync();
    const before = await facts();
    await handle().update(({ spec, action, policies, state }) => ({
      spec: edit.spec ?? spec,
      action: { ...action, ...edit.action },
      policies: { ...policies, ...edit.policies },
      state,
    }));
    expect(await facts()).not.toEqual(before);
    expect(await sync()).toMatchObject({ created: [], updated: [`schedule/${one.name}`] });
    expect(await facts()).toEqual(before);
    expect(await sync()).toMatchObject({ created: [], updated: [] });
  });

  it('keeps seven days by the retention that it schedules', async () => {
    await sync();
    const { action } = await temporal.client.schedule.getHandle('retention').describe();
    expect(action).toMatchObject({ workflowType: 'retention', args: [{ keep_days: 7 }] });
  });
});

describe('scheduledTrigger', () => {
  it('starts the scan under the ID that is the lock, from a schedule, and skips a busy repo', async () => {
    const repo = aRepo({ schedule: '0 0 1 1 *' });
    const gate = aGate();
    const driver = aFakeDriver(['one'], async () => {
      await gate.opened;
      return undefined;
    });
    const test = await startTestWorkers(temporal, { drivers: [driver], settings: publishedSettings([repo]) });
    try {
      await syncSchedules(temporal.client, { repos: [repo] }, { taskQueue: test.taskQueue, log: testLog() });
      await temporal.client.schedule.getHandle(`schedule/${repo.name}`).trigger();
      await waitFor('the plan', () => driver.started.has('one'));
      expect(await trigger(test, repo.name)).toEqual({ repo: repo.name, outcome: 'skipped' });
      gate.open();
      await temporal.client.workflow.getHandle(`repo/${repo.name}`).result();
      const tasks = await test.store.tasks.list({ repo: repo.name, limit: 10 });
      expect(tasks.map(({ trigger: by, status }) => [by, status])).toEqual([['schedule', 'completed']]);
      const records = await test.store.audit.list({ repo: repo.name, afterSeq: 0, limit: 9 });
      expect(records.map(({ action, actor, source }) => [action, actor, source])).toEqual([
        ['task.started', 'plumbline', 'schedule'],
        ['task.ended', 'plumbline', 'schedule'],
      ]);
    } finally {
      gate.open();
      await test.stop();
    }
  });

  it('cancels the running scan first where cancel_inflight_on_new_trigger says so', async () => {
    const repo = aRepo({ cancelInflightOnNewTrigger: true });
    const driver = aFakeDriver(['one'], async ({ signal }: PlanContext, attempt) => {
      if (attempt > 1) return undefined;
      return await new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(new Error('stopped'))),
      );
    });
    const settings = publishedSettings([repo]);
    const test = await startTestWorkers(temporal, { drivers: [driver], settings });
    try {
      await test.scan(repo.name);
      await waitFor('the plan', () => driver.started.has('one'));
      expect(await trigger(test, repo.name)).toEqual({ repo: repo.name, outcome: 'started' });
      await temporal.client.workflow.getHandle(`repo/${repo.name}`).result();
      const tasks = await test.store.tasks.list({ repo: repo.name, limit: 10 });
      expect(tasks.map(({ status, error }) => [status, error?.code])).toEqual([
        ['completed', undefined],
        ['failed', 'cancelled'],
      ]);
    } finally {
      await test.stop();
    }
  });
});

describe('scheduledTrigger of a repo that cancels what is in flight', () => {
  it('leaves a running sync alone and skips', async () => {
    const repo = aRepo({ cancelInflightOnNewTrigger: true });
    const gate = aGate();
    const driver = aFakeDriver(['one'], async () => {
      await gate.opened;
      return undefined;
    });
    const test = await startTestWorkers(temporal, { drivers: [driver], settings: publishedSettings([repo]) });
    try {
      const sync = await test.sync(repo.name);
      await waitFor('the plan', () => driver.started.has('one'));
      expect(await trigger(test, repo.name)).toEqual({ repo: repo.name, outcome: 'skipped' });
      gate.open();
      expect(await sync.result()).toMatchObject({ status: 'completed', unchanged: 1 });
    } finally {
      gate.open();
      await test.stop();
    }
  });
});

describe('retention', () => {
  it('forgets tasks that are older than its days and keeps each stack’s last result', async () => {
    const repo = aRepo();
    const settings = publishedSettings([repo]);
    const test = await startTestWorkers(temporal, { drivers: [aFakeDriver(['one'])], settings });
    try {
      await (await test.scan(repo.name)).result();
      await (await test.scan(repo.name)).result();
      const result: unknown = await temporal.client.workflow.execute('retention', {
        workflowId: `retention-${repo.name}`,
        taskQueue: test.taskQueue,
        args: [{ keep_days: 0 }],
      });
      expect(result).toMatchObject({ jobs: 1 });
      const [stack] = await test.store.stacks.list(repo.name);
      expect(await test.store.jobs.get(stack!.jobId!)).toMatchObject({ status: 'completed' });
    } finally {
      await test.stop();
    }
  });
});
