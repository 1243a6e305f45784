import { CancelledFailure, type WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aFakeDriver } from '../support/fake-driver.ts';
import { hang } from '../support/hang.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers } from '../support/workers.ts';

let temporal: TestTemporal;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});

describe('cancelling a scan', () => {
  it('stops the running plans within 15 s although they heartbeat every 10 minutes, and keeps partial results', async () => {
    const repo = aRepo();
    const order: string[] = [];
    const driver = aFakeDriver(['a', 'b', 'c'], async (context) => {
      order.push(context.stack.key);
      return order.length === 5 ? await hang(context) : undefined;
    });
    const settings = publishedSettings([repo], {
      worker: { concurrency: 1, lockTtlMs: 1_800_000, renewEveryMs: 600_000 },
    });
    const test = await startTestWorkers(temporal, { drivers: [driver], settings });
    try {
      await (await test.scan(repo.name)).result();
      const handle = await test.scan(repo.name, { task_id: `${repo.name}:1` });
      await waitFor('the plan that hangs', () => order.length === 5);
      const [planned, hung] = order.slice(3) as [string, string];
      const asked = Date.now();
      await handle.cancel();
      const error: unknown = await handle.result().catch((caught: unknown) => caught);
      expect(Date.now() - asked).toBeLessThan(15_000);
      expect((error as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
      const task = await test.store.tasks.get(`${repo.name}:1`);
      expect(task).toMatchObject({
        status: 'failed',
        error: { code: 'cancelled' },
        counts: { completed: 1, failed: 2 },
      });
      const stacks = await test.store.stacks.list(repo.name);
      const byKey = Object.fromEntries(stacks.map((stack) => [stack.key, stack]));
      expect(byKey[planned]).toMatchObject({ status: 'in_sync', jobId: `${repo.name}:${planned}:1` });
      expect(byKey[hung]).toMatchObject({ status: 'unknown', error: { code: 'cancelled' } });
      // The third never ran this time, so what the first scan found of it stays.
      const third = ['a', 'b', 'c'].find((key) => key !== planned && key !== hung)!;
      expect(byKey[third]?.status).toBe('in_sync');
      expect(byKey[third]?.jobId).not.toBe(`${repo.name}:${third}:1`);
    } finally {
      await test.stop();
    }
  });
});

describe('task_max_age', () => {
  it('stops a task that runs for too long and says so', async () => {
    const repo = aRepo();
    const driver = aFakeDriver(['fine', 'hangs'], (context) =>
      context.stack.key === 'hangs' ? hang(context) : undefined,
    );
    const settings = publishedSettings([repo], { worker: { taskMaxAgeMs: 4_000 } });
    const test = await startTestWorkers(temporal, { drivers: [driver], settings });
    try {
      const error: unknown = await (await test.scan(repo.name)).result().catch((caught: unknown) => caught);
      expect((error as WorkflowFailedError).cause).toMatchObject({ type: 'task_too_old' });
      const [task] = await test.store.tasks.list({ repo: repo.name, limit: 1 });
      expect(task).toMatchObject({
        status: 'failed',
        error: { code: 'task_too_old' },
        counts: { completed: 1 },
      });
    } finally {
      await test.stop();
    }
  });
});

describe('a worker that is stopped', () => {
  it('gives its running plan back, and the next worker finishes it', async () => {
    const repo = aRepo();
    const first = aFakeDriver(['one'], (context) => hang(context));
    const settings = publishedSettings([repo]);
    const before = await startTestWorkers(temporal, { drivers: [first], settings });
    const handle = await before.scan(repo.name);
    await waitFor('the plan', () => first.started.has('one'));
    await before.workers.shutdown();
    const second = aFakeDriver(['one']);
    const after = await startTestWorkers(temporal, {
      drivers: [second],
      settings,
      overrides: { store: before.store, taskQueue: before.taskQueue },
    });
    try {
      expect(await handle.result()).toMatchObject({ status: 'completed', total: 1 });
      expect(second.started.get('one')).toBe(1);
    } finally {
      await after.stop();
      await before.stop();
    }
  });
});

describe('a queue that nobody polls', () => {
  it('fails as no_worker and names the queue', async () => {
    const repo = aRepo();
    const settings = publishedSettings([repo]);
    const test = await startTestWorkers(temporal, {
      drivers: [aFakeDriver(['one'])],
      settings,
      overrides: { noWorkerAfterMs: 2_000, toolQueues: [] },
    });
    try {
      const error: unknown = await (await test.scan(repo.name)).result().catch((caught: unknown) => caught);
      expect((error as WorkflowFailedError).cause).toMatchObject({ type: 'no_worker' });
      expect(((error as WorkflowFailedError).cause as Error).message).toContain(`"${test.taskQueue}-stacks"`);
    } finally {
      await test.stop();
    }
  });

  it('waits on while a worker is there that is merely busy', async () => {
    const repo = aRepo();
    let first = true;
    const driver = aFakeDriver(['one', 'two'], async () => {
      if (!first) return undefined;
      first = false;
      // Longer than the time after which the other job's queue is looked at.
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      return undefined;
    });
    const settings = publishedSettings([repo], { worker: { concurrency: 1 } });
    const test = await startTestWorkers(temporal, {
      drivers: [driver],
      settings,
      overrides: { noWorkerAfterMs: 2_000 },
    });
    try {
      const result: unknown = await (await test.scan(repo.name)).result();
      expect(result).toMatchObject({ status: 'completed', total: 2, failed: 0 });
    } finally {
      await test.stop();
    }
  });
});
