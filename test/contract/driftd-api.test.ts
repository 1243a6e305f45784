import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aPlan, aStack, storePlan, storeTask } from '../support/api-data.ts';
import { aRepo } from '../support/api-settings.ts';

/** What a client that was written for driftd sends after an apply. */
const POST_APPLY = { trigger: 'post-apply', commit: 'abc123', actor: 'ci' };

/** What it reads back: twelve stacks, one of them running already. */
const ACCEPTED = {
  jobs: ['my-infra:envs/prod:1706712345678'],
  task: {
    id: 'my-infra:1706712345678',
    repo_name: 'my-infra',
    status: 'running',
    total: 12,
    queued: 11,
    running: 1,
    completed: 0,
    failed: 0,
    drifted: 0,
    errored: 0,
  },
  message: 'Job enqueued',
};

/** What it reads while five hundred stacks are being scanned. */
const CONFLICT = {
  error: 'Repository scan already in progress',
  active_task: {
    id: 'my-infra:1706712000000',
    repo_name: 'my-infra',
    status: 'running',
    total: 500,
    queued: 320,
    running: 40,
    completed: 140,
    failed: 0,
    drifted: 12,
    errored: 0,
  },
};

let api: ApiFixture;
let nowMs = 1_706_712_345_678;

beforeEach(async () => {
  nowMs = 1_706_712_345_678;
  api = await apiFixture({ deps: { clock: { now: () => new Date(nowMs) } } });
});

afterEach(() => api.close());

/** The part of an answer that has the keys of the documented one. */
function documented(answer: unknown, like: unknown): unknown {
  if (typeof like !== 'object' || like === null || Array.isArray(like)) return answer;
  const found = answer as Record<string, unknown>;
  return Object.fromEntries(Object.entries(like).map(([key, value]) => [key, documented(found[key], value)]));
}

describe('a client written for driftd', () => {
  it('reads task, jobs and message after triggering a scan', async () => {
    const stacks = ['envs/prod', ...Array.from({ length: 11 }, (_, index) => `envs/s${index}`)].map((path) =>
      aStack(path),
    );
    const worker = Promise.withResolvers<void>();
    api.temporal.onStart = async () => {
      const task = await storeTask(api.store, 'my-infra', stacks, { startedAtMs: nowMs });
      await api.store.jobs.start(task.jobs[0]!, 'worker-1', new Date(nowMs).toISOString());
      worker.resolve();
    };
    const answer = await api.app.inject({ method: 'POST', url: '/api/repos/my-infra/scan' });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    const body = answer.json<typeof ACCEPTED>();
    expect(Object.keys(body)).toEqual(Object.keys(ACCEPTED));
    expect(Object.keys(body.task).slice(0, Object.keys(ACCEPTED.task).length)).toEqual(
      Object.keys(ACCEPTED.task),
    );
    // The first job may begin a moment after the answer was made.
    await worker.promise;
    const task = (await api.app.inject(`/api/tasks/${body.task.id}`)).json<unknown>();
    expect(documented({ ...body, task, jobs: body.jobs.slice(0, 1) }, ACCEPTED)).toEqual(ACCEPTED);
    expect(body.jobs).toHaveLength(12);
  });

  it('triggers one stack after an apply, for the commit that was applied', async () => {
    api.temporal.onStart = async () => {
      await storeTask(api.store, 'my-infra', [aStack('envs/prod')], { startedAtMs: nowMs });
    };
    const answer = await api.app.inject({
      method: 'POST',
      url: '/api/repos/my-infra/stacks/envs/prod/scan',
      payload: POST_APPLY,
    });
    expect(answer.json()).toMatchObject({ jobs: ACCEPTED.jobs, message: ACCEPTED.message });
    expect(answer.json()).toMatchObject({
      task: { id: ACCEPTED.task.id, trigger: 'post-apply', actor: 'ci' },
    });
    expect(api.temporal.started).toEqual([
      { ...POST_APPLY, repo: 'my-infra', stack: 'envs/prod', task_id: ACCEPTED.task.id },
    ]);
  });

  it('reads the active task and its progress from a conflict', async () => {
    const stacks = Array.from({ length: 500 }, (_, index) =>
      aStack(`envs/s${String(index).padStart(3, '0')}`),
    );
    const startedAtMs = 1_706_712_000_000;
    const { jobs, startedAt } = await storeTask(api.store, 'my-infra', stacks, { startedAtMs, known: false });
    const clean = aPlan({ status: 'in_sync', changes: [], drift: 0, severity: null });
    for (const [index, job] of jobs.slice(0, 140).entries()) {
      await storePlan(api.store, job, index < 12 ? aPlan() : clean, startedAt);
    }
    for (const job of jobs.slice(140, 180)) await api.store.jobs.start(job, 'worker-1', startedAt);
    api.temporal.running.set('my-infra', { runId: 'run-0', startedAt });
    const answer = await api.app.inject({ method: 'POST', url: '/api/repos/my-infra/scan' });
    expect(answer.statusCode).toBe(409);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(Object.keys(answer.json<object>())).toEqual(Object.keys(CONFLICT));
    expect(documented(answer.json(), CONFLICT)).toEqual(CONFLICT);
  });

  it.each([
    ['GET', '/api/health', 200],
    ['GET', '/api/jobs/my-infra:envs/prod:1706712345678', 200],
    ['GET', '/api/tasks/my-infra:1706712345678', 200],
    ['GET', '/api/repos/my-infra/jobs', 200],
    ['POST', '/api/repos/my-infra/scan', 200],
    ['POST', '/api/repos/my-infra/stacks/envs/prod/scan', 200],
    ['GET', '/api/jobs/unknown', 404],
    ['GET', '/api/tasks/unknown', 404],
    ['GET', '/api/repos/unknown/jobs', 404],
    ['POST', '/api/repos/unknown/scan', 404],
    ['POST', '/api/repos/unknown/stacks/envs/prod/scan', 404],
  ] as const)('finds %s %s: %i, as JSON', async (method, url, status) => {
    api.reload({ repos: [aRepo({ stacks: ['envs/prod'] })] });
    await storeTask(api.store, 'my-infra', [aStack('envs/prod')], { startedAtMs: nowMs });
    nowMs += 1;
    const answer = await api.app.inject({ method, url });
    expect(answer.statusCode, answer.body).toBe(status);
    expect(answer.headers['content-type']).toMatch(/json/);
    expect(answer.json()).toBeTypeOf('object');
  });

  it.each(['/', '/repos/my-infra', '/repos/my-infra/stacks/envs/prod'])(
    'finds the page at %s',
    async (url) => {
      const webRoot = await mkdtemp(join(tmpdir(), 'plumbline-web-'));
      onTestFinished(() => rm(webRoot, { recursive: true }));
      const page = '<!doctype html><title>Plumbline</title>';
      await writeFile(join(webRoot, 'index.html'), page);
      const pages = await apiFixture({ deps: { webRoot } });
      onTestFinished(() => pages.close());
      const answer = await pages.app.inject(url);
      expect(answer.statusCode).toBe(200);
      expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(answer.body).toBe(page);
    },
  );
});
