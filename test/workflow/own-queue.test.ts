import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aDriftedChange, aFakeDriver } from '../support/fake-driver.ts';
import { anEnvironment } from '../support/environments.ts';
import { connectAgain, startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { aRepo, publishedSettings, startTestWorkers } from '../support/workers.ts';

const STACKS = ['envs/dev/net', 'envs/prod/net', 'envs/prod/web'];
const changed = () => ({ changes: [aDriftedChange()] });

let temporal: TestTemporal;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});

/** Production with a queue of its own, which no other test uses. */
function aSetUp() {
  const repo = aRepo();
  const queue = `stacks-production-${repo.name}`;
  const free = { approvals: { required: 0 } };
  const environments = [anEnvironment('development', free), anEnvironment('production', { ...free, queue })];
  return { repo, queue, settings: publishedSettings([repo], { environments }) };
}

describe('an environment with a queue of its own', () => {
  it('is planned and applied by the workers of that queue alone', async () => {
    const { repo, queue, settings } = aSetUp();
    const common = aFakeDriver(STACKS, changed);
    const own = aFakeDriver(STACKS, changed);
    const test = await startTestWorkers(temporal, { drivers: [common], settings });
    const { store, taskQueue } = test;
    const connection = await connectAgain(temporal);
    const overrides = { store, taskQueue, toolQueues: [queue] };
    const production = await startTestWorkers(connection, { drivers: [own], settings, overrides });
    try {
      const result = await (await test.sync(repo.name)).result();
      expect(result).toMatchObject({ status: 'completed', total: 3, applied: 3 });
      expect([[...common.started.keys()], [...common.applied.keys()]]).toEqual([[STACKS[0]], [STACKS[0]]]);
      expect([...own.started.keys()].toSorted()).toEqual(STACKS.slice(1));
      expect([...own.applied.keys()].toSorted()).toEqual(STACKS.slice(1));
    } finally {
      await production.stop();
      await connection.close();
      await test.stop();
    }
  });

  it('ends as no_worker, naming the queue, where nobody polls it; other environments go on', async () => {
    const { repo, queue, settings } = aSetUp();
    const driver = aFakeDriver(STACKS, changed);
    const overrides = { noWorkerAfterMs: 2_000 };
    const test = await startTestWorkers(temporal, { drivers: [driver], settings, overrides });
    try {
      const result = await (await test.sync(repo.name)).result();
      expect(result).toMatchObject({ status: 'failed', total: 3, applied: 1, failed: 2 });
      const [task] = await test.store.tasks.list({ repo: repo.name, limit: 1 });
      const jobs = await test.store.jobs.listByTask(task!.id, { afterOrdinal: -1, limit: 9 });
      const ended = jobs.filter(({ stackKey }) => stackKey.startsWith('envs/prod/'));
      expect(ended.map((job) => [job.queue, job.error?.code, job.outcome])).toEqual([
        [queue, 'no_worker', 'unknown'],
        [queue, 'no_worker', 'unknown'],
      ]);
      expect(ended[0]?.error?.message).toBe(
        `No worker polled the task queue "${queue}" for 2 s. Start one with: plumbline worker --config FILE --queues ${queue}`,
      );
      expect([...driver.started.keys()]).toEqual([STACKS[0]]);
    } finally {
      await test.stop();
    }
  });
});
