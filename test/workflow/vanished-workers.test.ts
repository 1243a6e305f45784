import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aFakeDriver } from '../support/fake-driver.ts';
import { hang } from '../support/hang.ts';
import { connectAgain, startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers } from '../support/workers.ts';

let temporal: TestTemporal;
beforeAll(async () => {
  // Who polls is heard of every other second, so that who has gone is missed soon.
  temporal = await startTestTemporal({ dynamicConfig: { 'matching.longPollExpirationInterval': '"2s"' } });
});
afterAll(async () => {
  await temporal.stop();
});

describe('tool workers that vanish after discovery', () => {
  it('end the jobs they left as no_worker, and the results of the others stay', async () => {
    const repo = aRepo();
    const order: string[] = [];
    const driver = aFakeDriver(['a', 'b', 'c'], async (context) => {
      order.push(context.stack.key);
      return order.length === 1 ? undefined : await hang(context);
    });
    const settings = publishedSettings([repo], { worker: { concurrency: 1 } });
    const patience = { noWorkerAfterMs: 2_000, pollerSilenceMs: 10_000 };
    const light = await startTestWorkers(temporal, {
      drivers: [driver],
      settings,
      overrides: { ...patience, toolQueues: [] },
    });
    const { store, taskQueue } = light;
    const connection = await connectAgain(temporal);
    const tools = await startTestWorkers(connection, {
      drivers: [driver],
      settings,
      overrides: { ...patience, store, taskQueue },
    });
    try {
      const taskId = `${repo.name}:1`;
      const handle = await light.scan(repo.name, { task_id: taskId });
      // The last is at hand: a task that comes while its worker stops would be missed only after lock_ttl.
      await waitFor('a result, a plan that hangs, and one that waits', () => {
        return order.length === 2 && driver.asked.size === 3;
      });
      await tools.workers.shutdown();
      expect(await handle.result()).toMatchObject({
        status: 'failed',
        total: 3,
        completed: 1,
        failed: 2,
      });
      const planned = order[0]!;
      const jobs = await store.jobs.listByTask(taskId, { afterOrdinal: -1, limit: 10 });
      const endings = Object.fromEntries(jobs.map(({ stackKey, error }) => [stackKey, error?.code]));
      const lost = ['a', 'b', 'c'].filter((key) => key !== planned);
      expect(endings).toEqual({
        [planned]: undefined,
        ...Object.fromEntries(lost.map((key) => [key, 'no_worker'])),
      });
      const named = jobs.filter(({ error }) => error?.message.includes(`"${taskQueue}-stacks"`));
      expect(named).toHaveLength(2);
      const stacks = await store.stacks.list(repo.name);
      expect(stacks.find(({ key }) => key === planned)).toMatchObject({ status: 'in_sync', error: null });
    } finally {
      await tools.stop();
      await connection.close();
      await light.stop();
    }
  });
});

describe('a job that nobody takes', () => {
  it('waits for 5 minutes unless told otherwise', async () => {
    const repo = aRepo();
    const settings = publishedSettings([repo]);
    const test = await startTestWorkers(temporal, { drivers: [aFakeDriver(['one'])], settings });
    try {
      await (await test.scan(repo.name)).result();
      for (const workflowId of [`repo/${repo.name}`, `repo/${repo.name}/plan/one`]) {
        const { events } = await temporal.client.workflow.getHandle(workflowId).fetchHistory();
        const onTools = (events ?? [])
          .map(({ activityTaskScheduledEventAttributes: scheduled }) => scheduled)
          .filter((scheduled) => scheduled?.taskQueue?.name === `${test.taskQueue}-stacks`);
        expect(onTools.map((scheduled) => Number(scheduled?.scheduleToStartTimeout?.seconds))).toEqual([300]);
      }
    } finally {
      await test.stop();
    }
  });
});
