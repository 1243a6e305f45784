import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SyncAcceptedJson } from '../../src/api/schemas/sync.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aStack, finishTask, storeTask } from '../support/api-data.ts';

let api: ApiFixture;

beforeEach(async () => {
  api = await apiFixture();
});

afterEach(() => api.close());

const post = (url: string) => api.app.inject({ method: 'POST', url });

describe('POST /api/tasks/{id}/cancel', () => {
  it('asks the very run to stop and answers 202', async () => {
    const running = await storeTask(api.store, 'my-infra', [aStack('a')]);
    api.temporal.running.set('my-infra', { runId: 'run-0', startedAt: running.startedAt });
    const answer = await post(`/api/tasks/${running.id}/cancel`);
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toMatchObject({ task: { id: running.id }, message: 'Cancellation requested' });
    expect(api.temporal.cancelled).toEqual([{ repo: 'my-infra', runId: 'run-0' }]);
    expect(await api.store.tasks.cancelRequested()).toEqual([running.id]);
  });

  it('answers 409 for a task that has ended', async () => {
    const ended = await storeTask(api.store, 'my-infra', [aStack('a')]);
    await finishTask(api.store, ended.id);
    const answer = await post(`/api/tasks/${ended.id}/cancel`);
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([409, 'task_ended']);
  });

  it('ends a task that Temporal no longer knows', async () => {
    const lost = await storeTask(api.store, 'my-infra', [aStack('a')]);
    const answer = await post(`/api/tasks/${lost.id}/cancel`);
    expect(answer.json()).toMatchObject({
      task: { status: 'failed', failed: 1, error: { code: 'cancelled' } },
    });
  });

  it('ends a task that waits, and leaves the one that runs alone', async () => {
    const running = await storeTask(api.store, 'my-infra', [aStack('a')], { kind: 'sync' });
    api.temporal.running.set('my-infra', { runId: 'run-0', startedAt: running.startedAt, kind: 'sync' });
    const { task } = (await post('/api/repos/my-infra/sync')).json<SyncAcceptedJson>();
    const answer = await post(`/api/tasks/${task.id}/cancel`);
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toMatchObject({ task: { status: 'failed', error: { code: 'cancelled' } } });
    expect(api.temporal.cancelled).toEqual([]);
    expect(await api.store.tasks.cancelRequested()).toEqual([]);
    expect(await api.store.tasks.get(running.id)).toMatchObject({ status: 'running' });
    expect((await post(`/api/tasks/${task.id}/cancel`)).statusCode).toBe(409);
  });

  it('does not touch the task that follows one which ends by itself just now', async () => {
    const first = await storeTask(api.store, 'my-infra', [aStack('a')]);
    const { startedAt } = first;
    api.temporal.describeRepo = async () => {
      await finishTask(api.store, first.id);
      const run = { workflowId: 'repo/my-infra', runId: 'run-1', firstRunId: 'run-0', startedAt };
      return { ...run, running: true, kind: 'sync' };
    };
    const answer = await post(`/api/tasks/${first.id}/cancel`);
    expect(answer.json()).toMatchObject({ task: { status: 'completed' } });
    expect(api.temporal.cancelled).toEqual([]);
  });

  it('writes down who cancelled what', async () => {
    const { id, startedAt } = await storeTask(api.store, 'my-infra', [aStack('a')]);
    api.temporal.running.set('my-infra', { runId: 'run-0', startedAt });
    await post(`/api/tasks/${id}/cancel`);
    const records = await api.store.audit.list({ afterSeq: 0, limit: 10 });
    expect(records).toMatchObject([
      {
        action: 'task.cancelled',
        result: 'ok',
        actor: expect.stringMatching(/^local:/) as string,
        repo: 'my-infra',
        taskId: id,
        details: { kind: 'scan', status: 'running' },
      },
    ]);
  });

  it('answers 404 for a task that nobody knows', async () => {
    expect((await post('/api/tasks/my-infra:1/cancel')).statusCode).toBe(404);
  });
});
