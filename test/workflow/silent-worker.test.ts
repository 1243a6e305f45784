import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aDriftedChange, aFakeDriver, type FakeDriver } from '../support/fake-driver.ts';
import { connectAgain, startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { aGate, waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers } from '../support/workers.ts';

const KEYS = ['one', 'two'];
let temporal: TestTemporal;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});

/**
 * A driver whose plans hang until the gate opens, whoever tells them to stop. They take no turns, so that a worker for one
 * tool, which has two jobs at hand, hangs with both and takes no third.
 */
function aSilentDriver(opened: Promise<void>): FakeDriver {
  const driver = aFakeDriver(KEYS, async () => {
    await opened;
    return { changes: [aDriftedChange()] };
  });
  return {
    ...driver,
    plan: async (context) => {
      const { inTurn: _, ...withoutTurns } = context;
      return await driver.plan(withoutTurns);
    },
  };
}

/** A scan whose worker falls silent with both stacks after a first heartbeat, and what a second worker with this driver makes of it. */
async function scanWithSilentWorker(second: FakeDriver, opened: Promise<void>, open: () => void) {
  const repo = aRepo();
  const taskId = `${repo.name}:1`;
  const lockTtlMs = 5_000;
  const settings = publishedSettings([repo], {
    worker: { concurrency: 1, lockTtlMs, renewEveryMs: 600_000 },
  });
  const first = aSilentDriver(opened);
  const silent = await startTestWorkers(temporal, { drivers: [first], settings });
  const { store, taskQueue } = silent;
  try {
    const handle = await silent.scan(repo.name, { task_id: taskId });
    await waitFor('both plans', () => first.started.size === 2);
    const silentSince = Date.now();
    const connection = await connectAgain(temporal);
    const other = await startTestWorkers(connection, {
      drivers: [second],
      settings,
      overrides: { store, taskQueue },
    });
    try {
      await waitFor('the second attempts', () => second.started.size === 2);
      const replacedAfterMs = Date.now() - silentSince;
      const result: unknown = await handle.result();
      // The silent worker's plans end only now, and what they say comes too late.
      open();
      await silent.workers.shutdown();
      const jobs = await store.jobs.listByTask(taskId, { afterOrdinal: -1, limit: 10 });
      const stacks = await store.stacks.list(repo.name);
      return { result, jobs, stacks, replacedAfterMs, lockTtlMs, started: first.started };
    } finally {
      open();
      await other.stop();
      await connection.close();
    }
  } finally {
    open();
    await silent.stop();
  }
}

describe('a worker that is alive but no longer heartbeats', () => {
  it('is replaced after lock_ttl, and what it says later changes nothing', async () => {
    const { opened, open } = aGate();
    const second = aFakeDriver(KEYS);
    const scan = await scanWithSilentWorker(second, opened, open);
    expect(scan.result).toMatchObject({ status: 'completed', total: 2, completed: 2, drifted: 0 });
    expect(scan.replacedAfterMs).toBeGreaterThan(scan.lockTtlMs - 1_000);
    expect([...scan.started.values(), ...second.started.values()]).toEqual([1, 1, 1, 1]);
    expect(scan.jobs.map(({ status, outcome }) => [status, outcome])).toEqual([
      ['completed', 'in_sync'],
      ['completed', 'in_sync'],
    ]);
    expect(scan.stacks.map(({ status }) => status)).toEqual(['in_sync', 'in_sync']);
  });

  it('fails its jobs as worker_lost when their second worker falls silent, too', async () => {
    const { opened, open } = aGate();
    const second = aSilentDriver(opened);
    const scan = await scanWithSilentWorker(second, opened, open);
    expect(scan.result).toMatchObject({ status: 'failed', total: 2, completed: 0, failed: 2 });
    expect([...scan.started.values(), ...second.started.values()]).toEqual([1, 1, 1, 1]);
    expect(scan.jobs.map(({ status, error }) => [status, error?.code])).toEqual([
      ['failed', 'worker_lost'],
      ['failed', 'worker_lost'],
    ]);
    expect(scan.stacks.map(({ status }) => status)).toEqual(['unknown', 'unknown']);
  });
});
