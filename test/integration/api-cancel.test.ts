import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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

  it('answers 404 for a task that nobody knows', async () => {
    expect((await post('/api/tasks/my-infra:1/cancel')).statusCode).toBe(404);
  });
});
