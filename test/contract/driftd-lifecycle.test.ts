import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobJson, TaskJson } from '../../src/api/schemas/task.ts';
import type { Failure } from '../../src/domain/task.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aPlan, aStack, finishTask, storePlan, storeTask } from '../support/api-data.ts';

const AT = '2024-01-31T14:45:45.000Z';
const BROKEN: Failure = { code: 'init_failed', message: 'terraform init failed' };

let api: ApiFixture;
beforeEach(async () => {
  api = await apiFixture();
});
afterEach(() => api.close());

async function task(id: string): Promise<TaskJson> {
  return (await api.app.inject(`/api/tasks/${id}`)).json<TaskJson>();
}

async function job(id: string): Promise<JobJson> {
  return (await api.app.inject(`/api/jobs/${id}`)).json<JobJson>();
}

describe('the lifecycle of tasks and jobs that driftd documents', () => {
  it('leads a job from pending over running to completed, and its task from running to completed', async () => {
    const { id, jobs } = await storeTask(api.store, 'my-infra', [aStack('envs/prod')]);
    const prod = jobs[0]!;
    expect(await task(id)).toMatchObject({ status: 'running', total: 1, queued: 1, running: 0 });
    expect(await job(prod)).toMatchObject({ id: prod, status: 'pending' });
    await api.store.jobs.start(prod, 'worker-1', AT);
    expect(await job(prod)).toMatchObject({ status: 'running' });
    expect(await task(id)).toMatchObject({ status: 'running', queued: 0, running: 1 });
    await storePlan(api.store, prod, aPlan());
    expect(await job(prod)).toMatchObject({ status: 'completed' });
    expect(await task(id)).toMatchObject({ status: 'running', running: 0, completed: 1, drifted: 1 });
    await finishTask(api.store, id);
    expect(await task(id)).toMatchObject({ status: 'completed', completed: 1, failed: 0 });
  });

  it('fails a job for good after it ran a second time, and the task with it, while the others complete', async () => {
    const { id, jobs } = await storeTask(api.store, 'my-infra', [aStack('envs/prod'), aStack('envs/dev')]);
    const [prod, dev] = jobs as [string, string];
    await api.store.jobs.start(prod, 'worker-1', AT);
    // The one retry is the same job, on whatever worker has time.
    await api.store.jobs.start(prod, 'worker-2', AT);
    expect(await job(prod)).toMatchObject({ status: 'running' });
    await api.store.jobs.fail(prod, 'errored', BROKEN, AT);
    expect(await job(prod)).toMatchObject({ status: 'failed' });
    await storePlan(api.store, dev, aPlan());
    await api.store.tasks.finish(id, { status: 'failed', error: BROKEN }, AT);
    expect(await task(id)).toMatchObject({ status: 'failed', completed: 1, failed: 1, errored: 1 });
    expect(await job(dev)).toMatchObject({ status: 'completed' });
  });
});
