import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failLostTasks } from '../../src/workers/lost-tasks.ts';
import { aFakeDriver } from '../support/fake-driver.ts';
import { startTestTemporal, testLog, type TestTemporal } from '../support/temporal.ts';
import { aGate, waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';

let temporal: TestTemporal;
let test: TestWorkers;
const gate = aGate();
const busy = aRepo();
const dropped = aRepo();
const driver = aFakeDriver(['one'], async () => {
  await gate.opened;
  return undefined;
});

beforeAll(async () => {
  temporal = await startTestTemporal();
  test = await startTestWorkers(temporal, {
    drivers: [driver],
    settings: publishedSettings([busy, dropped]),
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
