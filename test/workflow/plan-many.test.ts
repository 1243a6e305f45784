import { CancelledFailure, type WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlumblineError } from '../../src/util/errors.ts';
import { anEnvironment } from '../support/environments.ts';
import { aDriftedChange, aFakeDriver, type FakePlan } from '../support/fake-driver.ts';
import { hang } from '../support/hang.ts';
import { aManyDriver } from '../support/many-driver.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';

let temporal: TestTemporal;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});

const paths = (count: number, folder = 'envs/dev') =>
  Array.from({ length: count }, (_, index) => `${folder}/${String(index).padStart(3, '0')}`);

/** What a run of a repo's workflow has started: children by ID, and activities of batches by queue. */
async function startedBy(repo: string): Promise<{ children: string[]; batches: string[] }> {
  const { events = [] } = (await temporal.client.workflow.getHandle(`repo/${repo}`).fetchHistory()) ?? {};
  const children = (events ?? []).flatMap(
    ({ startChildWorkflowExecutionInitiatedEventAttributes: child }) => child?.workflowId ?? [],
  );
  const batches = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: activity }) =>
    activity?.activityType?.name === 'planStacks' ? [activity.taskQueue?.name ?? ''] : [],
  );
  return { children, batches };
}

const jobsOf = async ({ store }: TestWorkers, repo: string) => {
  const [task] = await store.tasks.list({ repo, limit: 1 });
  return await store.jobs.listByTask(task!.id, { afterOrdinal: -1, limit: 500 });
};

const byKey = ([a]: readonly unknown[], [b]: readonly unknown[]) => (String(a) < String(b) ? -1 : 1);

const fails = (code: string) => {
  throw new PlumblineError(code, `It failed with ${code}.`);
};

describe('stacks whose driver plans many at once', () => {
  it('are scanned without one child workflow, page by page, and none is planned twice', async () => {
    const repo = aRepo();
    const driver = aManyDriver(paths(230), ({ stack }) =>
      stack.key.endsWith('7') ? { changes: [aDriftedChange()] } : undefined,
    );
    const test = await startTestWorkers(temporal, { drivers: [driver], settings: publishedSettings([repo]) });
    try {
      const scan = await test.scan(repo.name);
      expect(await scan.result()).toMatchObject({ total: 230, completed: 230, failed: 0, drifted: 23 });
      const { children, batches } = await startedBy(repo.name);
      expect(children).toEqual([]);
      expect(batches).toHaveLength(3);
      expect(driver.batches.map(({ length }) => length).toSorted((a, b) => b - a)).toEqual([100, 100, 30]);
      expect([...driver.started.values()].every((times) => times === 1)).toBe(true);
      const progress = { phase: 'done', total: 230, started: 230, finished: 230, failed: 0, drifted: 23 };
      expect(await scan.query('progress')).toMatchObject(progress);
      const jobs = await jobsOf(test, repo.name);
      expect(new Set(jobs.map(({ status, attempts }) => `${status} ${attempts}`))).toEqual(
        new Set(['completed 1']),
      );
    } finally {
      await test.stop();
    }
  });

  it('get child workflows in a sync only where something is applied', async () => {
    const repo = aRepo();
    const changed = new Set(['envs/dev/003', 'envs/dev/005']);
    const driver = aManyDriver(paths(20), ({ stack }) =>
      changed.has(stack.key) ? { changes: [aDriftedChange()] } : undefined,
    );
    const settings = publishedSettings([repo], {
      environments: [anEnvironment('development', { approvals: { required: 0 } })],
    });
    const test = await startTestWorkers(temporal, { drivers: [driver], settings });
    try {
      const result: unknown = await (await test.sync(repo.name)).result();
      expect(result).toMatchObject({ total: 20, applied: 2, unchanged: 18 });
      expect((await startedBy(repo.name)).children.toSorted()).toEqual(
        [...changed].map((key) => `repo/${repo.name}/apply/${key}`),
      );
    } finally {
      await test.stop();
    }
  });

  it('are planned beside those of other drivers, on the queues of their environments', async () => {
    const repo = aRepo();
    const many = aManyDriver([...paths(3), ...paths(2, 'envs/prod')]);
    const single = aFakeDriver(['envs/dev/001x', 'envs/prod/000x']);
    const queue = `production-${repo.name}`;
    const environments = [anEnvironment('development', {}), anEnvironment('production', { queue })];
    const settings = publishedSettings([repo], { environments });
    const both = await startTestWorkers(temporal, { drivers: [many, single], settings });
    const { store, dataDir } = both;
    const production = await startTestWorkers(temporal, {
      drivers: [many, single],
      settings,
      overrides: { store, dataDir, toolQueues: [queue] },
    });
    try {
      expect(await (await both.scan(repo.name)).result()).toMatchObject({ total: 7, completed: 7 });
      const { children, batches } = await startedBy(repo.name);
      expect(children.toSorted()).toEqual([
        `repo/${repo.name}/plan/envs/dev/001x`,
        `repo/${repo.name}/plan/envs/prod/000x`,
      ]);
      expect(batches.toSorted()).toEqual([queue, `${both.taskQueue}-stacks`].toSorted());
    } finally {
      await production.stop();
      await both.stop();
    }
  });
});

describe('a stack that fails beside others', () => {
  async function scan(keys: string[], plan: FakePlan, timeoutMs = 60_000) {
    const repo = aRepo();
    const driver = aManyDriver(keys, plan);
    const settings = publishedSettings([repo]);
    settings.scan = { ...settings.scan, timeoutMs, graceMs: 500 };
    const test = await startTestWorkers(temporal, { drivers: [driver], settings });
    try {
      const result: unknown = await (await test.scan(repo.name)).result();
      const jobs = await jobsOf(test, repo.name);
      const stacks = await test.store.stacks.list(repo.name);
      return { result, driver, jobs, stacks };
    } finally {
      await test.stop();
    }
  }

  it('fails its own job alone, after another try where that may help', async () => {
    const { result, jobs, stacks, driver } = await scan(
      ['bad', 'flaky', 'good', 'broken'],
      ({ stack }, attempt) => {
        if (stack.key === 'bad') return fails('config_invalid');
        if (stack.key === 'broken') return fails('plan_failed');
        return stack.key === 'flaky' && attempt === 1 ? fails('cluster_unreachable') : undefined;
      },
    );
    expect(result).toMatchObject({ status: 'failed', completed: 2, failed: 2, drifted: 0 });
    const ended = jobs.map(({ stackKey, status, attempts, outcome, error }) => [
      stackKey,
      status,
      attempts,
      outcome,
      error?.code,
    ]);
    expect(ended.toSorted(byKey)).toEqual([
      ['bad', 'failed', 1, 'errored', 'config_invalid'],
      ['broken', 'failed', 2, 'errored', 'plan_failed'],
      ['flaky', 'completed', 2, 'in_sync', undefined],
      ['good', 'completed', 1, 'in_sync', undefined],
    ]);
    expect(stacks.find(({ key }) => key === 'bad')?.error?.message).toBe('It failed with config_invalid.');
    expect(driver.batches).toHaveLength(1);
  });

  it('takes no longer than its own time', async () => {
    const { jobs } = await scan(
      ['slow', 'good'],
      async (context) => (context.stack.key === 'slow' ? await hang(context) : undefined),
      500,
    );
    const ended = jobs.map(({ stackKey, status, outcome, error }) => [
      stackKey,
      status,
      outcome,
      error?.code,
    ]);
    expect(ended.toSorted(byKey)).toEqual([
      ['good', 'completed', 'in_sync', undefined],
      ['slow', 'failed', 'errored', 'tool_timeout'],
    ]);
  });
});

describe('cancelling a scan of many stacks', () => {
  it('stops those under way within seconds, and keeps what was found of the others', async () => {
    const repo = aRepo();
    const keys = paths(40);
    let scans = 0;
    const driver = aManyDriver(keys, async (context) =>
      scans > 1 && context.stack.key === keys[7] ? await hang(context) : undefined,
    );
    const settings = publishedSettings([repo], {
      // One at a time, and heartbeats so rare that only the word in the store can stop it.
      worker: { concurrency: 1, lockTtlMs: 1_800_000, renewEveryMs: 600_000 },
    });
    const test = await startTestWorkers(temporal, { drivers: [driver], settings });
    try {
      scans = 1;
      await (await test.scan(repo.name)).result();
      scans = 2;
      const handle = await test.scan(repo.name, { task_id: `${repo.name}:1` });
      await waitFor('the stack that hangs', () => driver.started.get(keys[7]!) === 2);
      const asked = Date.now();
      await handle.cancel();
      const error: unknown = await handle.result().catch((caught: unknown) => caught);
      expect(Date.now() - asked).toBeLessThan(15_000);
      expect((error as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
      const found = new Map((await test.store.stacks.list(repo.name)).map((stack) => [stack.key, stack]));
      expect(found.get(keys[0]!)).toMatchObject({
        status: 'in_sync',
        jobId: `${repo.name}:${keys[0]!}:1`,
      });
      expect(found.get(keys[7]!)).toMatchObject({ status: 'unknown', error: { code: 'cancelled' } });
      // Those that were never begun this time: what the first scan found of them stays.
      expect(found.get(keys[39]!)).toMatchObject({ status: 'in_sync' });
      expect(found.get(keys[39]!)?.jobId).not.toBe(`${repo.name}:${keys[39]!}:1`);
    } finally {
      await test.stop();
    }
  });
});
