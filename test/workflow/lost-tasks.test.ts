import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failLostTasks } from '../../src/workers/lost-tasks.ts';
import { aStack, finishTask, storePlan, storeTask } from '../support/api-data.ts';
import { aFakeDriver } from '../support/fake-driver.ts';
import { startTestTemporal, testLog, type TestTemporal } from '../support/temporal.ts';
import { aGate, waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';

let temporal: TestTemporal;
let test: TestWorkers;
let gate = aGate();
const busy = aRepo();
const dropped = aRepo();
const waiting = aRepo();
const driver = aFakeDriver(['one'], async () => {
  await gate.opened;
  return undefined;
});

beforeAll(async () => {
  temporal = await startTestTemporal();
  test = await startTestWorkers(temporal, {
    drivers: [driver],
    settings: publishedSettings([busy, dropped, waiting]),
  });
});
afterAll(async () => {
  gate.open();
  await test.stop();
  await temporal.stop();
});

describe('failLostTasks', () => {
  const check = (graceMs: number) =>
    failLostTasks({
      client: temporal.client,
      store: test.store,
      log: testLog(),
      now: () => new Date(),
      graceMs,
    });

  it('fails a task that Temporal does not know, once its grace time is over, and leaves running ones alone', async () => {
    const running = await test.scan(busy.name, { task_id: `${busy.name}:1` });
    await waitFor('the plan', () => driver.started.size > 0);
    const { version } = (await test.store.configs.latest())!;
    await test.store.tasks.begin({
      id: 'gone:1',
      repo: 'gone',
      kind: 'scan',
      trigger: 'api',
      actor: '',
      stackKey: null,
      configVersion: version,
      workflowId: 'repo/gone',
      runId: '00000000-0000-0000-0000-000000000000',
      startedAt: new Date().toISOString(),
    });
    expect(await check(60_000)).toEqual([]);
    expect(await check(0)).toEqual(['gone:1']);
    expect(await test.store.tasks.get('gone:1')).toMatchObject({
      status: 'failed',
      error: { code: 'temporal_lost' },
    });
    gate.open();
    expect(await running.result()).toMatchObject({ status: 'completed' });
  });

  const queueTask = (repo: string, n: number, runId: string) =>
    test.store.tasks.queue({
      id: `${repo}:${n}`,
      repo,
      kind: 'sync',
      trigger: 'api',
      actor: '',
      stackKey: null,
      configVersion: 1,
      workflowId: `repo/${repo}`,
      runId,
      startedAt: new Date().toISOString(),
    });
  const UNKNOWN_RUN = '00000000-0000-0000-0000-000000000000';

  it('fails a task that waits for a run that Temporal does not know, and keeps one whose repo still works', async () => {
    gate = aGate();
    const before = driver.started.get('one') ?? 0;
    const handle = await test.scan(waiting.name);
    await waitFor('the plan', () => (driver.started.get('one') ?? 0) > before);
    await queueTask(waiting.name, 1, handle.firstExecutionRunId);
    await queueTask(waiting.name, 2, UNKNOWN_RUN);
    await queueTask('gone', 2, UNKNOWN_RUN);
    expect(await check(60_000)).toEqual([]);
    expect(new Set(await check(0))).toEqual(new Set([`${waiting.name}:2`, 'gone:2']));
    expect(await test.store.tasks.get('gone:2')).toMatchObject({
      status: 'failed',
      error: { code: 'temporal_lost', message: expect.stringContaining('sync again') as string },
    });
    expect(await test.store.tasks.get(`${waiting.name}:1`)).toMatchObject({ status: 'queued' });
    gate.open();
    await handle.result();
    expect(await check(0)).toEqual([`${waiting.name}:1`]);
  });

  it('calls a stack unknown whose plan was under way, and keeps what was known of one whose plan was not', async () => {
    const at = new Date().toISOString();
    const { id, jobs } = await storeTask(test.store, 'lost', [aStack('begun'), aStack('waiting')]);
    await storePlan(test.store, jobs[0]!);
    await storePlan(test.store, jobs[1]!);
    await finishTask(test.store, id);
    const later = Date.now() + 1;
    const next = await storeTask(test.store, 'lost', [aStack('begun'), aStack('waiting')], {
      startedAtMs: later,
    });
    await test.store.jobs.start(next.jobs[0]!, 'worker-1', at);
    await check(-60_000);
    const stacks = await test.store.stacks.list('lost');
    expect(stacks.map(({ key, status, error }) => [key, status, error?.code])).toEqual([
      ['begun', 'unknown', 'temporal_lost'],
      ['waiting', 'drifted', undefined],
    ]);
  });

  it('fails a task whose workflow was terminated, which can then be run again', async () => {
    const handle = await test.scan(dropped.name, { task_id: `${dropped.name}:1` });
    await waitFor('the task', () => test.store.tasks.get(`${dropped.name}:1`));
    await handle.terminate('by hand').catch(() => undefined);
    const task = await test.store.tasks.get(`${dropped.name}:1`);
    const lost = await check(0);
    // It may have finished just before it could be terminated.
    expect(lost).toEqual(task?.status === 'running' ? [`${dropped.name}:1`] : []);
    expect(await (await test.scan(dropped.name)).result()).toMatchObject({ status: 'completed' });
  });
});
