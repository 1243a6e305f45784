import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aDriftedChange, aFakeDriver } from '../support/fake-driver.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { aRepo, COMMIT, publishedSettings, startTestWorkers } from '../support/workers.ts';

let temporal: TestTemporal;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});

describe('scanRepo', () => {
  it('plans every stack of a repo and keeps what was found in the store', async () => {
    const repo = aRepo();
    const driver = aFakeDriver(['envs/dev', 'envs/prod'], ({ stack }) =>
      stack.path === 'envs/prod' ? { changes: [aDriftedChange()] } : undefined,
    );
    const test = await startTestWorkers(temporal, { drivers: [driver], settings: publishedSettings([repo]) });
    try {
      const handle = await test.scan(repo.name, { trigger: 'api', actor: 'ada' });
      const result = await handle.result();
      expect(result).toMatchObject({ status: 'completed', total: 2, completed: 2, failed: 0, drifted: 1 });
      const [task] = await test.store.tasks.list({ repo: repo.name, limit: 10 });
      expect(task).toMatchObject({ status: 'completed', trigger: 'api', actor: 'ada', commit: COMMIT });
      const stacks = await test.store.stacks.list(repo.name);
      expect(stacks.map(({ key, status }) => [key, status])).toEqual([
        ['envs/dev', 'in_sync'],
        ['envs/prod', 'drifted'],
      ]);
      const records = await test.store.audit.list({ repo: repo.name, afterSeq: 0, limit: 9 });
      expect(records.map(({ action, actor, source, result }) => [action, actor, source, result])).toEqual([
        ['task.started', 'ada', 'api', 'ok'],
        ['task.ended', 'ada', 'api', 'ok'],
      ]);
    } finally {
      await test.stop();
    }
  });

  it('fails where a stack could be planned in part only, which counts as failed and not as drifted', async () => {
    const repo = aRepo();
    const problem = { address: 'web.yaml:3', code: 'config_invalid', message: 'it has no kind' };
    const basis = { resources: null, emptied: false, mockOutputs: false, problems: [problem] };
    const driver = aFakeDriver(['envs/dev', 'envs/prod'], ({ stack }) =>
      stack.path === 'envs/prod' ? { changes: [aDriftedChange()], basis } : undefined,
    );
    const test = await startTestWorkers(temporal, { drivers: [driver], settings: publishedSettings([repo]) });
    try {
      const handle = await test.scan(repo.name, { trigger: 'api' });
      const result = await handle.result();
      expect(result).toMatchObject({ status: 'failed', total: 2, completed: 2, drifted: 0 });
      expect(await handle.query('progress')).toMatchObject({ drifted: 0 });
      const [task] = await test.store.tasks.list({ repo: repo.name, limit: 10 });
      expect(task).toMatchObject({
        status: 'failed',
        error: {
          code: 'jobs_failed',
          message: '1 of 2 stacks could not be planned, 1 of them only in part.',
        },
        counts: { drifted: 0, errored: 1 },
      });
    } finally {
      await test.stop();
    }
  });
});
