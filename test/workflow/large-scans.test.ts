import { CancelledFailure, type WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlumblineError } from '../../src/util/errors.ts';
import { aFakeDriver } from '../support/fake-driver.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { aGate, waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers } from '../support/workers.ts';

const STACKS = Array.from({ length: 150 }, (_, index) => `stacks/${String(index).padStart(3, '0')}`);
let temporal: TestTemporal;
beforeAll(async () => {
  // The server then suggests to continue as new long before its own limit.
  temporal = await startTestTemporal({ dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': '200' } });
});
afterAll(async () => {
  await temporal.stop();
});

describe('a scan of many stacks', () => {
  it('continues as new and still plans each stack once', { timeout: 300_000 }, async () => {
    const repo = aRepo();
    const driver = aFakeDriver(STACKS);
    const settings = publishedSettings([repo], { worker: { concurrency: 20 } });
    const test = await startTestWorkers(temporal, { drivers: [driver], settings });
    try {
      const handle = await test.scan(repo.name);
      const firstRun = (await handle.describe()).runId;
      expect(await handle.result()).toMatchObject({ status: 'completed', total: 150, completed: 150 });
      const last = await temporal.client.workflow.getHandle(`repo/${repo.name}`).describe();
      expect(last.runId).not.toBe(firstRun);
      expect(last.raw.workflowExecutionInfo?.firstRunId).toBe(firstRun);
      expect(new Set(driver.started.values())).toEqual(new Set([1]));
      expect(driver.started.size).toBe(150);
      expect(await temporal.client.workflow.getHandle(`repo/${repo.name}`).query('progress')).toEqual({
        task_id: expect.stringContaining(repo.name),
        phase: 'done',
        total: 150,
        started: 150,
        finished: 150,
        failed: 0,
        drifted: 0,
      });
    } finally {
      await test.stop();
    }
  });

  it(
    'ends as cancelled when that happens while it waits to continue as new',
    { timeout: 300_000 },
    async () => {
      const repo = aRepo();
      const driver = aFakeDriver(STACKS, async ({ stack, signal }) => {
        if (stack.key !== STACKS[0]) return undefined;
        return await new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new PlumblineError('cancelled', 'It was stopped.')));
        });
      });
      const settings = publishedSettings([repo], { worker: { concurrency: 20 } });
      const test = await startTestWorkers(temporal, { drivers: [driver], settings });
      try {
        const handle = await test.scan(repo.name, { task_id: `${repo.name}:1` });
        await waitFor('all but one child to end', async () => {
          const now = (await handle.query('progress').catch(() => undefined)) as
            | { started: number; finished: number }
            | undefined;
          return now !== undefined && now.started > 20 && now.finished === now.started - 1;
        });
        await handle.cancel();
        const error: unknown = await handle.result().catch((caught: unknown) => caught);
        expect((error as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
        expect(await test.store.tasks.get(`${repo.name}:1`)).toMatchObject({
          status: 'failed',
          error: { code: 'cancelled' },
        });
        expect(driver.started.size).toBeLessThan(STACKS.length);
      } finally {
        await test.stop();
      }
    },
  );

  it(
    'starts a window of children ahead and no more plans at once than the worker has slots',
    { timeout: 300_000 },
    async () => {
      const repo = aRepo();
      const gate = aGate();
      const driver = aFakeDriver(STACKS.slice(0, 120), async () => {
        await gate.opened;
        return undefined;
      });
      const settings = publishedSettings([repo], { worker: { concurrency: 3 } });
      const test = await startTestWorkers(temporal, { drivers: [driver], settings });
      try {
        const handle = await test.scan(repo.name);
        const progress = await waitFor('the window to fill', async () => {
          const now = (await handle.query('progress').catch(() => undefined)) as
            | { started: number; finished: number }
            | undefined;
          return now && now.started >= 100 ? now : undefined;
        });
        await waitFor('three plans', () => driver.started.size === 3);
        expect(progress).toMatchObject({ started: 100, finished: 0 });
        gate.open();
        expect(await handle.result()).toMatchObject({ total: 120, completed: 120 });
        expect(driver.mostAtOnce()).toBe(3);
      } finally {
        await test.stop();
      }
    },
  );
});
