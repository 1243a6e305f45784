import { Client, Connection } from '@temporalio/client';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildApp } from '../../src/api/app.ts';
import type { JobJson, ScanAcceptedJson, TaskJson } from '../../src/api/schemas/task.ts';
import { createTemporalPort } from '../../src/api/temporal-client.ts';
import type { TemporalPort } from '../../src/api/temporal-port.ts';
import type { RepoSettings } from '../../src/domain/settings.ts';
import { createMetrics } from '../../src/util/metrics.ts';
import { presenceQueue, toolQueue } from '../../src/workflows/queues.ts';
import { aSettings } from '../support/api-settings.ts';
import { aDriftedChange, aFakeDriver } from '../support/fake-driver.ts';
import { startTestTemporal, type TestTemporal, testLog } from '../support/temporal.ts';
import { aRepo, publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';

/** Plans of stacks whose path starts with `slow` wait until they are let go, or cancelled. */
const gate = { open: Promise.withResolvers<void>() };
const driver = aFakeDriver(['envs/prod', 'envs/dev', 'slow/one'], async ({ stack, signal }) => {
  if (stack.path.startsWith('slow')) {
    await Promise.race([
      gate.open.promise,
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      }),
    ]);
  }
  return stack.path === 'envs/prod' ? { changes: [aDriftedChange()] } : undefined;
});
const plain = aRepo();
const eager = aRepo({ cancelInflightOnNewTrigger: true });
const quick = aRepo();

let temporal: TestTemporal;
let workers: TestWorkers;
let app: FastifyInstance;
let port: TemporalPort;

beforeAll(async () => {
  temporal = await startTestTemporal();
  const repos: RepoSettings[] = [plain, eager, quick];
  workers = await startTestWorkers(temporal, { drivers: [driver], settings: publishedSettings(repos) });
  port = portTo(temporal.client, workers.taskQueue);
  app = await appOn(port, repos);
});

afterAll(async () => {
  await app?.close();
  await workers?.stop();
  await temporal?.stop();
});

beforeEach(() => {
  gate.open = Promise.withResolvers<void>();
});

function portTo(client: Client, taskQueue: string): TemporalPort {
  const tools = toolQueue(taskQueue);
  return createTemporalPort({
    client,
    address: temporal.address,
    taskQueue,
    queues: [
      { queue: taskQueue, polledAs: taskQueue, type: 'workflow' },
      { queue: tools, polledAs: presenceQueue(tools), type: 'activity' },
    ],
  });
}

function appOn(temporalPort: TemporalPort, repos: RepoSettings[]): Promise<FastifyInstance> {
  return buildApp({
    store: workers.store,
    artifacts: {
      put: () => Promise.reject(new Error('no')),
      get: async () => new Uint8Array(),
      remove: async () => {},
      old: async function* () {},
      claim: async () => [],
    },
    temporal: temporalPort,
    settings: () => aSettings({ repos }),
    configVersion: () => 1,
    log: testLog(),
    metrics: createMetrics(),
    version: '0.0.0',
    temporalUiUrl: null,
    webRoot: null,
    clock: { now: () => new Date() },
  });
}

const scan = async (repo: string, path = '/scan', body: object = {}) =>
  app.inject({ method: 'POST', url: `/api/repos/${repo}${path}`, payload: body });
const taskNow = async (id: string) => (await app.inject(`/api/tasks/${id}`)).json<TaskJson>();
const endOf = async (id: string): Promise<TaskJson> => {
  await expect.poll(async () => (await taskNow(id)).ended_at, { timeout: 60_000 }).not.toBeNull();
  return taskNow(id);
};

describe('the API on a real Temporal server', () => {
  it('starts a scan, names its jobs, and reports its end', async () => {
    gate.open.resolve();
    const answer = await scan(quick.name, '/scan', { trigger: 'post-apply', actor: 'ci' });
    expect(answer.statusCode, answer.body).toBe(200);
    const { task, jobs } = answer.json<ScanAcceptedJson>();
    expect(task).toMatchObject({ total: 3, trigger: 'post-apply', actor: 'ci', kind: 'scan' });
    expect(jobs).toHaveLength(3);
    expect(await endOf(task.id)).toMatchObject({ status: 'completed', completed: 3, drifted: 1 });
    const job = (await app.inject(`/api/jobs/${jobs[0]}`)).json<JobJson>();
    expect(job.status).toBe('completed');
    const stored = await workers.store.tasks.get(task.id);
    const described = await temporal.client.workflow.getHandle(`repo/${quick.name}`).describe();
    expect([stored?.workflowId, stored?.runId]).toEqual([described.workflowId, described.runId]);
    expect(await described.staticSummary()).toBe(`Scan of ${quick.name} (post-apply)`);
  });

  it('scans one stack alone', async () => {
    const answer = await scan(quick.name, '/stacks/envs/dev/scan');
    const { task, jobs } = answer.json<ScanAcceptedJson>();
    expect(jobs).toEqual([`${quick.name}:envs/dev:${task.id.split(':')[1]}`]);
    expect(await endOf(task.id)).toMatchObject({ status: 'completed', total: 1, stack: 'envs/dev' });
  });

  it('answers 404 for a stack that Git does not have', async () => {
    const answer = await scan(quick.name, '/stacks/envs/nowhere/scan');
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([404, 'stack_not_found']);
  });

  it('refuses a second scan with live counts, and cancels the first on request', async () => {
    const { task } = (await scan(plain.name)).json<ScanAcceptedJson>();
    await expect
      .poll(() => taskNow(task.id), { timeout: 60_000 })
      .toMatchObject({ completed: 2, running: 1 });
    const refused = await scan(plain.name);
    expect(refused.statusCode).toBe(409);
    expect(refused.json()).toMatchObject({
      error: 'Repository scan already in progress',
      active_task: { id: task.id, total: 3, completed: 2, running: 1, drifted: 1 },
    });
    const cancelled = await app.inject({ method: 'POST', url: `/api/tasks/${task.id}/cancel` });
    expect(cancelled.statusCode).toBe(202);
    expect(await endOf(task.id)).toMatchObject({
      status: 'failed',
      completed: 2,
      failed: 1,
      error: { code: 'cancelled' },
    });
    const again = await app.inject({ method: 'POST', url: `/api/tasks/${task.id}/cancel` });
    expect(again.statusCode).toBe(409);
  });

  it('refuses a scan while one runs that the temporal CLI has started', async () => {
    const repo = quick.name;
    const handle = await workers.scan(repo);
    await expect
      .poll(async () => (await workers.store.tasks.active(repo))?.discoveredAt ?? null, { timeout: 60_000 })
      .not.toBeNull();
    const refused = await scan(repo);
    expect([refused.statusCode, refused.json<{ active_task: TaskJson }>().active_task.total]).toEqual([
      409, 3,
    ]);
    gate.open.resolve();
    await handle.result();
  });

  it('lets a new trigger take over where the config says so', async () => {
    const first = (await scan(eager.name)).json<ScanAcceptedJson>();
    const second = await scan(eager.name);
    expect(second.statusCode, second.body).toBe(200);
    expect(await endOf(first.task.id)).toMatchObject({ status: 'failed', error: { code: 'cancelled' } });
    gate.open.resolve();
    const next = second.json<ScanAcceptedJson>().task;
    expect(next.id).not.toBe(first.task.id);
    expect(await endOf(next.id)).toMatchObject({ status: 'completed' });
  });

  it('cancels only the run that it is told of', async () => {
    const { task } = (await scan(plain.name)).json<ScanAcceptedJson>();
    const other = '00000000-0000-4000-8000-000000000000';
    await port.cancelRun(plain.name, other);
    const run = (await port.describeRepo(plain.name))!;
    expect(run).toMatchObject({ running: true, kind: 'scan', firstRunId: run.runId });
    expect((await taskNow(task.id)).status).toBe('running');
    gate.open.resolve();
    await endOf(task.id);
    await expect.poll(async () => (await port.describeRepo(plain.name))?.running).toBe(false);
    await port.cancelRun(plain.name, run.runId);
    await port.cancelRun('never-started', other);
    expect(await taskNow(task.id)).toMatchObject({ status: 'completed' });
    expect(await port.describeRepo('never-started')).toBeUndefined();
  });

  it('starts the next scan as soon as the last task has ended, however close', async () => {
    gate.open.resolve();
    for (let round = 0; round < 3; round += 1) {
      const answer = await scan(quick.name);
      expect(answer.statusCode, answer.body).toBe(200);
      await endOf(answer.json<ScanAcceptedJson>().task.id);
    }
  });

  it('says who polls the queues', async () => {
    await expect
      .poll(() => port.health(), { timeout: 30_000 })
      .toEqual({
        ok: true,
        address: temporal.address,
        message: '',
        workers: [
          { queue: workers.taskQueue, pollers: 1 },
          { queue: toolQueue(workers.taskQueue), pollers: 1 },
        ],
      });
    const nobody = await portTo(temporal.client, 'nobody-here').health();
    expect(nobody.workers.map(({ pollers }) => pollers)).toEqual([0, 0]);
  });

  it('says that a server does not answer, within its time', async () => {
    const connection = Connection.lazy({ address: '127.0.0.1:1' });
    const away = createTemporalPort({
      client: new Client({ connection }),
      address: '127.0.0.1:1',
      taskQueue: 'plumbline',
      queues: [{ queue: 'plumbline', polledAs: 'plumbline', type: 'workflow' }],
      deadlineMs: 500,
    });
    expect(await away.health()).toMatchObject({ ok: false, workers: [{ pollers: 0 }] });
    await expect(away.startScan({ repo: plain.name })).rejects.toMatchObject({
      code: 'temporal_unavailable',
    });
    await expect(away.cancelRun(plain.name, 'x')).rejects.toMatchObject({ code: 'temporal_unavailable' });
    await expect(away.describeRepo(plain.name)).rejects.toMatchObject({ code: 'temporal_unavailable' });
    await connection.close();
  });
});
