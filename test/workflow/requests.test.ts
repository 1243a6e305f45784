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
const watched = aRepo();
const gate = aGate();
let hold = gate;
const driver = aFakeDriver(['one', 'two'], async ({ stack }) => {
  if (stack.key === 'one') await hold.opened;
  return undefined;
});
let temporal: TestTemporal;
let test: TestWorkers;

beforeAll(async () => {
  temporal = await startTestTemporal();
  test = await startTestWorkers(temporal, {
    drivers: [driver],
    settings: publishedSettings([repo, idle, watched]),
  });
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

  it('may be for a scan: an idle repo begins it, a busy one keeps it as one for all stacks that were named', async () => {
    const target = { client: temporal.client, taskQueue: test.taskQueue };
    const look = (stacks: string[]) =>
      requestTask(target, watched.name, { kind: 'scan', stacks, trigger: 'watch', actor: 'plumbline' });
    const tasks = async () =>
      (await test.store.tasks.list({ repo: watched.name, limit: 9 })).map(
        ({ kind, trigger, stackKey, status }) => [kind, trigger, stackKey, status],
      );
    const ended = async (count: number) =>
      await waitFor('the tasks', async () => {
        const known = await tasks();
        return known.length === count && known.every(([, , , status]) => status !== 'running');
      });
    await look(['one']);
    await ended(1);
    expect(await tasks()).toEqual([['scan', 'watch', 'one', 'completed']]);
    await temporal.client.workflow.getHandle(`repo/${watched.name}`).result();
    const held = aGate();
    const [before, others] = [driver.started.get('one')!, driver.started.get('two')!];
    hold = held;
    await test.sync(watched.name);
    await waitFor('the plan of the sync', () => driver.started.get('one') === before + 1);
    await look(['one']);
    await look(['two']);
    await look(['one']);
    held.open();
    await ended(3);
    const [scan, sync] = await tasks();
    expect(sync).toEqual(['sync', 'manual', null, 'completed']);
    expect(scan).toEqual(['scan', 'watch', null, 'completed']);
    expect([driver.started.get('one'), driver.started.get('two')]).toEqual([before + 2, others + 2]);
  });
});
