import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestTask } from '../../src/temporal/requests.ts';
import { aFakeDriver } from '../support/fake-driver.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { aGate, waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';

const CANCELLED = { code: 'cancelled', message: 'Cancelled before it began' };
const repo = aRepo();
const idle = aRepo();
const gate = aGate();
const driver = aFakeDriver(['one'], async () => {
  await gate.opened;
  return undefined;
});
let temporal: TestTemporal;
let test: TestWorkers;

beforeAll(async () => {
  temporal = await startTestTemporal();
  test = await startTestWorkers(temporal, { drivers: [driver], settings: publishedSettings([repo, idle]) });
});
afterAll(async () => {
  gate.open();
  await test.stop();
  await temporal.stop();
});

/** What the API does for one request, in the order in which it does it. */
async function ask(name: string, id: string, actor: string, cancelled: boolean): Promise<void> {
  const task = {
    id,
    repo: name,
    kind: 'sync',
    trigger: 'api',
    actor,
    stackKey: null,
    configVersion: 1,
    workflowId: `repo/${name}`,
    runId: randomUUID(),
    startedAt: new Date().toISOString(),
  } as const;
  if (cancelled) {
    await test.store.tasks.queue(task);
    await test.store.tasks.failQueued(id, CANCELLED, task.startedAt);
  }
  const target = { client: temporal.client, taskQueue: test.taskQueue };
  await requestTask(target, name, { kind: 'sync', task_id: id, trigger: 'api', actor });
  await test.store.tasks.queue(task);
}

describe('requests that wait for their turn', () => {
  it('are not begun when they were cancelled meanwhile; the next one is', async () => {
    const first = await test.sync(repo.name);
    await waitFor('the plan', () => driver.started.has('one'));
    await ask(repo.name, `${repo.name}:1`, 'alice', false);
    await ask(repo.name, `${repo.name}:2`, 'bob', false);
    await test.store.tasks.failQueued(`${repo.name}:1`, CANCELLED, new Date().toISOString());
    gate.open();
    await first.result();
    await waitFor('the second', async () => {
      const task = await test.store.tasks.get(`${repo.name}:2`);
      return task?.status === 'completed';
    });
    expect(await test.store.tasks.get(`${repo.name}:1`)).toMatchObject({
      status: 'failed',
      discoveredAt: null,
      error: CANCELLED,
    });
    expect(await test.store.tasks.get(`${repo.name}:2`)).toMatchObject({ status: 'completed' });
    expect(driver.started.get('one')).toBe(2);
  });

  it('do not hold the repo when nothing is left to do', async () => {
    await ask(idle.name, `${idle.name}:1`, 'alice', true);
    const result: unknown = await temporal.client.workflow.getHandle(`repo/${idle.name}`).result();
    expect(result).toMatchObject({ task_id: null, status: 'completed', total: 0 });
    expect(await (await test.scan(idle.name)).result()).toMatchObject({ status: 'completed' });
  });
});
