import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aStack, finishTask, storeTask } from '../support/api-data.ts';
import { aRepo } from '../support/api-settings.ts';

let api: ApiFixture;

beforeEach(async () => {
  api = await apiFixture({ repos: [aRepo({ cancelInflightOnNewTrigger: true })] });
});

afterEach(() => api.close());

const post = (url: string, payload?: object) =>
  api.app.inject({ method: 'POST', url, ...(payload === undefined ? {} : { payload }) });

describe('a new trigger of a repo that cancels what is in flight', () => {
  it('cancels the running scan, waits for its end and starts the new one', async () => {
    const running = await storeTask(api.store, 'my-infra', [aStack('a')]);
    api.temporal.running.set('my-infra', { runId: 'run-0', startedAt: running.startedAt });
    api.temporal.onCancel = (repo) => {
      setTimeout(
        () => void finishTask(api.store, running.id).then(() => api.temporal.running.delete(repo)),
        20,
      );
    };
    const answer = await post('/api/repos/my-infra/scan', { trigger: 'post-apply' });
    expect(answer.statusCode).toBe(200);
    expect(api.temporal.cancelled).toHaveLength(1);
    expect((await api.store.tasks.get(running.id))?.cancelRequestedAt).not.toBeNull();
    expect(api.temporal.started).toHaveLength(1);
  });

  it('answers 409 when the running scan does not end in time', async () => {
    const running = await storeTask(api.store, 'my-infra', [aStack('a')]);
    api.temporal.running.set('my-infra', { runId: 'run-0', startedAt: running.startedAt });
    api.temporal.onCancel = () => {};
    const answer = await post('/api/repos/my-infra/scan');
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ active_task: { id: running.id } });
  });

  it('goes on when the running scan ended by itself meanwhile', async () => {
    const running = await storeTask(api.store, 'my-infra', [aStack('a')]);
    api.temporal.running.set('my-infra', { runId: 'run-0', startedAt: running.startedAt });
    api.temporal.onCancel = async (repo) => {
      await finishTask(api.store, running.id);
      api.temporal.running.delete(repo);
    };
    expect((await post('/api/repos/my-infra/scan')).statusCode).toBe(200);
  });

  it.each(['sync', 'reconcile', 'rollback'] as const)('never cancels a running %s', async (kind) => {
    const { id, startedAt } = await storeTask(api.store, 'my-infra', [aStack('a')], { kind });
    api.temporal.running.set('my-infra', { runId: 'run-0', startedAt, kind });
    const answer = await post('/api/repos/my-infra/scan');
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ active_task: { id, kind, status: 'running' } });
    expect(api.temporal.cancelled).toEqual([]);
    expect(await api.store.tasks.cancelRequested()).toEqual([]);
  });

  it('never cancels what the store does not know, and names it by its workflow', async () => {
    const startedAt = new Date().toISOString();
    api.temporal.running.set('my-infra', { runId: 'run-0', startedAt, kind: 'sync' });
    const answer = await post('/api/repos/my-infra/scan');
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ active_task: { kind: 'sync' } });
    expect(api.temporal.cancelled).toEqual([]);
  });

  it('does not touch the sync that takes over from the cancelled scan', async () => {
    const scan = await storeTask(api.store, 'my-infra', [aStack('a')]);
    api.temporal.running.set('my-infra', { runId: 'run-0', startedAt: scan.startedAt });
    api.temporal.onCancel = async (repo) => {
      await finishTask(api.store, scan.id);
      const { id, startedAt } = await storeTask(api.store, repo, [aStack('b')], {
        kind: 'sync',
        startedAtMs: Date.parse(scan.startedAt) + 1,
      });
      expect(id).not.toBe(scan.id);
      api.temporal.running.set(repo, { runId: 'run-1', startedAt, kind: 'sync' });
    };
    const answer = await post('/api/repos/my-infra/scan');
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({ active_task: { kind: 'sync' } });
    expect(api.temporal.cancelled).toEqual([{ repo: 'my-infra', runId: 'run-0' }]);
  });
});
