import type { WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlumblineError } from '../../src/util/errors.ts';
import { aDriftedChange, aFakeDriver, type FakePlan } from '../support/fake-driver.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { aRepo, publishedSettings, startTestWorkers } from '../support/workers.ts';

let temporal: TestTemporal;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});

/** Scans a repo with these stacks and says how it went. */
async function scan(
  paths: string[],
  plan: FakePlan,
  {
    retryOnce = true,
    listed = null,
    stack,
  }: { retryOnce?: boolean; listed?: string[] | null; stack?: string } = {},
) {
  const repo = aRepo({ stacks: listed });
  const driver = aFakeDriver(paths, plan);
  const settings = publishedSettings([repo], { worker: { retryOnce } });
  const test = await startTestWorkers(temporal, { drivers: [driver], settings });
  try {
    const handle = await test.scan(repo.name, stack === undefined ? {} : { stack });
    const result: unknown = await handle.result().catch((error: { cause?: unknown }) => error.cause);
    const [task] = await test.store.tasks.list({ repo: repo.name, limit: 1 });
    const jobs = await test.store.jobs.listByTask(task!.id, { afterOrdinal: -1, limit: 100 });
    const stacks = await test.store.stacks.list(repo.name);
    return { result, task: task!, jobs, stacks, started: driver.started };
  } finally {
    await test.stop();
  }
}

const fails = (code: string) => () => {
  throw new PlumblineError(code, `It failed with ${code}.`);
};

describe('a stack whose plan fails', () => {
  it('fails its job and the task, and leaves the other stacks alone', async () => {
    const { result, task, jobs, stacks } = await scan(['bad', 'good'], ({ stack }) =>
      stack.key === 'bad' ? fails('config_invalid')() : { changes: [aDriftedChange()] },
    );
    expect(result).toMatchObject({ status: 'failed', total: 2, completed: 1, failed: 1, drifted: 1 });
    expect(task.error).toMatchObject({ code: 'jobs_failed' });
    expect(
      jobs.map(({ stackKey, status, outcome, error }) => [stackKey, status, outcome, error?.code]),
    ).toEqual([
      ['bad', 'failed', 'errored', 'config_invalid'],
      ['good', 'completed', 'drifted', undefined],
    ]);
    expect(stacks.map(({ status }) => status)).toEqual(['errored', 'drifted']);
  });

  it('is tried once more when the failure may pass', async () => {
    const { result, jobs, started } = await scan(['flaky'], (_, attempt) =>
      attempt === 1 ? fails('init_failed')() : undefined,
    );
    expect(result).toMatchObject({ status: 'completed' });
    expect(started.get('flaky')).toBe(2);
    expect(jobs[0]).toMatchObject({ attempts: 2, status: 'completed', error: null });
  });

  it('is never tried a third time', async () => {
    const { started, jobs } = await scan(['broken'], fails('plan_failed'));
    expect(started.get('broken')).toBe(2);
    expect(jobs[0]).toMatchObject({ status: 'failed', attempts: 2, error: { code: 'plan_failed' } });
  });

  it.each(['config_invalid', 'auth_failed', 'tool_timeout'])('is not tried again after %s', async (code) => {
    const { started, jobs } = await scan(['broken'], fails(code));
    expect(started.get('broken')).toBe(1);
    expect(jobs[0]).toMatchObject({ outcome: 'errored', error: { code } });
  });

  it('is not tried again when retry_once is off', async () => {
    const { started } = await scan(['broken'], fails('init_failed'), { retryOnce: false });
    expect(started.get('broken')).toBe(1);
  });
});

describe('a listed stack that no driver finds', () => {
  it('fails as stack_not_found', async () => {
    const { jobs, stacks } = await scan(['one'], () => undefined, { listed: ['one', 'gone'] });
    expect(jobs.map(({ stackKey, error }) => [stackKey, error?.code])).toEqual([
      ['one', undefined],
      ['gone', 'stack_not_found'],
    ]);
    expect(stacks.find(({ key }) => key === 'gone')?.status).toBe('errored');
  });
});

describe('a scan of one stack', () => {
  it('plans that stack alone and keeps what is known of the others', async () => {
    const { result, started } = await scan(['one', 'two'], () => undefined, { stack: 'two' });
    expect(result).toMatchObject({ total: 1, completed: 1 });
    expect([...started.keys()]).toEqual(['two']);
  });

  it('fails when the commit has no such stack', async () => {
    const { result, task } = await scan(['one'], () => undefined, { stack: 'three' });
    expect(result).toMatchObject({ type: 'stack_not_found' });
    expect(task).toMatchObject({ status: 'failed', error: { code: 'stack_not_found' } });
  });
});

describe('a scan that names the task of another repo', () => {
  it('is refused, and leaves that task alone', async () => {
    const [mine, other] = [aRepo(), aRepo()];
    const driver = aFakeDriver(['one']);
    const test = await startTestWorkers(temporal, {
      drivers: [driver],
      settings: publishedSettings([mine, other]),
    });
    try {
      const id = `${other.name}:1`;
      await test.store.tasks.begin({
        id,
        repo: other.name,
        kind: 'scan',
        trigger: 'api',
        actor: '',
        stackKey: null,
        configVersion: 1,
        workflowId: `repo/${other.name}`,
        runId: 'run',
        startedAt: new Date().toISOString(),
      });
      const error: unknown = await (
        await test.scan(mine.name, { task_id: id })
      )
        .result()
        .catch((caught: unknown) => caught);
      expect((error as WorkflowFailedError).cause).toMatchObject({ type: 'task_ended' });
      expect(driver.started.size).toBe(0);
      expect(await test.store.tasks.get(id)).toMatchObject({ repo: other.name, status: 'running' });
    } finally {
      await test.stop();
    }
  });
});
