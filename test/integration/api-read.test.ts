import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reposSchema, repoDetailSchema, stackPlanSchema, stacksSchema } from '../../src/api/schemas/repo.ts';
import { jobSchema, taskSchema } from '../../src/api/schemas/task.ts';
import { aChange, aPlan, aStack, COMMIT, finishTask, storePlan, storeTask } from '../support/api-data.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aRepo } from '../support/api-settings.ts';

const prod = aStack('envs/prod');
const dev = aStack('envs/dev');
const odd = aStack('envs/my stack');
const root = aStack('.');
let api: ApiFixture;
let task: Awaited<ReturnType<typeof storeTask>>;
const changedBy = [{ manager: 'kubectl-edit', operation: 'Update', at: '2024-01-31T14:30:00Z' }];
let older: Awaited<ReturnType<typeof storeTask>>;

beforeAll(async () => {
  api = await apiFixture({
    repos: [aRepo({ schedule: '0 */6 * * *' }), aRepo({ name: 'empty' })],
  });
  older = await storeTask(api.store, 'my-infra', [prod], { startedAtMs: 1_706_712_000_000 });
  await storePlan(api.store, older.jobs[0]!, aPlan(), '2024-01-31T14:40:01.000Z');
  await finishTask(api.store, older.id);
  task = await storeTask(api.store, 'my-infra', [prod, dev, odd, root], { startedAtMs: 1_706_712_345_678 });
  api.artifacts.set('sha256:text', '~ content = (sensitive value)');
  const plan = aPlan({
    severity: 'critical',
    changes: [
      aChange({ severity: 'critical', severityReason: 'open to the world', movedFrom: 'a.b', changedBy }),
    ],
    ignored: [{ ...aChange(), ignored: { reason: 'autoscaled', rule: 'ignore[0]', until: '2027-01-31' } }],
    outputs: [{ name: 'url', action: 'update', before: 'a', after: 'b', sensitive: false }],
    stateLock: { id: 'l1', who: 'ops@host', operation: 'apply', created: '' },
    artifacts: [{ kind: 'plan_text', digest: 'sha256:text', sizeBytes: 29, encrypted: false }],
  });
  await storePlan(api.store, task.jobs[0]!, plan, '2024-01-31T14:46:00.000Z');
  const failure = { code: 'init_failed', message: 'terraform init failed' };
  await api.store.jobs.start(task.jobs[1]!, 'worker-1', '2024-01-31T14:46:00.000Z');
  await api.store.jobs.fail(task.jobs[1]!, 'errored', failure, '2024-01-31T14:46:02.000Z');
});

afterAll(() => api.close());

const get = async (url: string, status = 200) => {
  const answer = await api.app.inject(url);
  expect(answer.statusCode, answer.body).toBe(status);
  return answer;
};

describe('GET /api/repos/{repo}/stacks', () => {
  it('lists every known stack with the keys of the contract', async () => {
    const { stacks } = stacksSchema.parse((await get('/api/repos/my-infra/stacks')).json());
    expect(stacks.map(({ key, status }) => [key, status])).toEqual([
      ['_root', 'unknown'],
      ['envs/dev', 'errored'],
      ['envs/my~20stack', 'unknown'],
      ['envs/prod', 'drifted'],
    ]);
    expect(stacks[3]).toMatchObject({
      key: 'envs/prod',
      path: 'envs/prod',
      kind: 'terraform',
      status: 'drifted',
      drift: 1,
      pending: 0,
      severity: 'critical',
      commit: COMMIT,
      scanned_at: '2024-01-31T14:46:00.000Z',
      error: null,
    });
    expect(stacks[1]?.error).toEqual({ code: 'init_failed', message: 'terraform init failed' });
  });

  it('lists none for a repo that was never scanned', async () => {
    expect((await get('/api/repos/empty/stacks')).json()).toEqual({ stacks: [] });
  });

  it('answers 404 for a repo that is not configured', async () => {
    const answer = await get('/api/repos/nope/stacks', 404);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json()).toMatchObject({
      status: 404,
      code: 'repo_not_found',
      error: 'Repository not configured',
    });
  });
});

describe('GET /api/repos', () => {
  it('counts the stacks of each repo by status and says what runs now and next', async () => {
    const { repos } = reposSchema.parse((await get('/api/repos')).json());
    expect(repos.map(({ name }) => name)).toEqual(['my-infra', 'empty']);
    expect(repos[0]).toMatchObject({
      total: 4,
      severity: 'critical',
      stacks: { drifted: 1, errored: 1, unknown: 2, in_sync: 0 },
      last_task: { id: task.id },
      active_task: { id: task.id, status: 'running', total: 4, queued: 2, completed: 1, failed: 1 },
    });
    expect(new Date(repos[0]!.next_run!).getUTCHours() % 6).toBe(0);
    expect(repos[1]).toMatchObject({
      total: 0,
      severity: null,
      last_task: null,
      active_task: null,
      next_run: null,
    });
  });

  it('shows one repo with its latest tasks, newest first', async () => {
    const repo = repoDetailSchema.parse((await get('/api/repos/my-infra')).json());
    expect(repo.tasks.map(({ id }) => id)).toEqual([task.id, older.id]);
  });
});

describe('GET /api/stacks', () => {
  it('lists the stacks of all repos, and answers 304 to who has them', async () => {
    const first = await get('/api/stacks');
    expect(stacksSchema.parse(first.json()).stacks).toHaveLength(4);
    const again = await api.app.inject({
      url: '/api/stacks',
      headers: { 'if-none-match': `W/${first.headers.etag}` },
    });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  it('answers anew once something has changed', async () => {
    const etag = (await get('/api/stacks')).headers.etag as string;
    await api.store.stacks.discovered('empty', [prod], { complete: true });
    const again = await api.app.inject({ url: '/api/stacks', headers: { 'if-none-match': etag } });
    expect(again.statusCode).toBe(200);
    expect(again.json<{ stacks: unknown[] }>().stacks).toHaveLength(5);
    await api.store.stacks.discovered('empty', [], { complete: true });
  });
});

describe('GET /api/stacks/{repo}/{key}/plan', () => {
  it('shows the newest plan with its text and the history', async () => {
    const page = stackPlanSchema.parse((await get('/api/stacks/my-infra/envs/prod/plan')).json());
    expect(page.stack.key).toBe('envs/prod');
    expect(page.plan).toMatchObject({
      job_id: task.jobs[0],
      text: '~ content = (sensitive value)',
      changes: [
        { severity: 'critical', moved_from: 'a.b', changed_by: changedBy, resource_type: 'local_file' },
      ],
      ignored: [{ ignored: { reason: 'autoscaled', rule: 'ignore[0]', until: '2027-01-31' } }],
      outputs: [{ name: 'url' }],
      state_lock: { who: 'ops@host' },
    });
    expect(page.history.map(({ id }) => id)).toEqual([task.jobs[0], older.jobs[0]]);
  });

  it.each([
    ['with encoded slashes', '/api/stacks/my-infra/envs%2Fprod/plan', 'envs/prod'],
    ['by its key', '/api/stacks/my-infra/envs/my~20stack/plan', 'envs/my~20stack'],
    ['by its path', '/api/stacks/my-infra/envs/my%20stack/plan', 'envs/my~20stack'],
    ['at the top of the repository', '/api/stacks/my-infra/_root/plan', '_root'],
  ])('finds a stack %s', async (_title, url, key) => {
    expect((await get(url)).json()).toMatchObject({ stack: { key } });
  });

  it('says so when there is no plan yet, or its text is gone', async () => {
    expect((await get('/api/stacks/my-infra/envs/dev/plan')).json()).toMatchObject({ plan: null });
    api.artifacts.clear();
    expect((await get('/api/stacks/my-infra/envs/prod/plan')).json()).toMatchObject({ plan: { text: null } });
  });

  it('answers 404 for a stack that nobody knows', async () => {
    expect((await get('/api/stacks/my-infra/envs/none/plan', 404)).json()).toMatchObject({
      code: 'stack_not_found',
    });
    await get('/api/stacks/my-infra/envs/prod', 404);
  });
});

describe('tasks and jobs', () => {
  it('shows a task with counts that add up', async () => {
    const found = taskSchema.parse((await get(`/api/tasks/${task.id}`)).json());
    expect(found.total).toBe(found.queued + found.running + found.completed + found.failed);
    expect(found).toMatchObject({
      drifted: 1,
      live_drifted: 1,
      pending: 0,
      errored: 1,
      kind: 'scan',
      error: null,
    });
  });

  it('lists tasks newest first, by repo, in pages', async () => {
    const page = (await get('/api/tasks?repo=my-infra&limit=1')).json<{
      tasks: { id: string; started_at: string }[];
    }>();
    expect(page.tasks.map(({ id }) => id)).toEqual([task.id]);
    const next = await get(`/api/tasks?repo=my-infra&limit=1&before=${page.tasks[0]!.started_at}`);
    expect(next.json()).toMatchObject({ tasks: [{ id: older.id }] });
    expect((await get('/api/tasks?repo=empty')).json()).toEqual({ tasks: [] });
  });

  it("pages through a task's jobs in order", async () => {
    const first = (await get(`/api/tasks/${task.id}/jobs?limit=3`)).json<{
      jobs: { id: string }[];
      next: number;
    }>();
    const rest = (await get(`/api/tasks/${task.id}/jobs?limit=3&after=${first.next}`)).json<typeof first>();
    expect([...first.jobs, ...rest.jobs].map(({ id }) => id)).toEqual(task.jobs);
    expect(rest.next).toBeNull();
  });

  it.each([
    ['raw', (id: string) => id],
    ['encoded', encodeURIComponent],
  ])('finds a job whose ID has slashes, %s', async (_title, write) => {
    const job = jobSchema.parse((await get(`/api/jobs/${write('my-infra:envs/prod:1706712345678')}`)).json());
    expect(job).toMatchObject({
      id: 'my-infra:envs/prod:1706712345678',
      task_id: task.id,
      outcome: 'drifted',
    });
  });

  it("lists a repo's jobs", async () => {
    const { jobs } = (await get('/api/repos/my-infra/jobs?limit=2')).json<{ jobs: unknown[] }>();
    expect(jobs).toHaveLength(2);
  });

  it('answers 404 as JSON for tasks and jobs that nobody knows', async () => {
    expect((await get('/api/tasks/my-infra:1', 404)).json()).toMatchObject({ error: 'Task not found' });
    expect((await get('/api/jobs/my-infra:x/y:1', 404)).json()).toMatchObject({ error: 'Job not found' });
    expect((await get('/api/nothing', 404)).json()).toMatchObject({ code: 'not_found' });
  });

  it.each([
    '/api/tasks?limit=0',
    '/api/tasks?limit=many',
    '/api/tasks?before=yesterday',
    '/api/repos/my-infra/jobs?limit=9999',
  ])('names the fault of %s', async (url) => {
    const { faults } = (await get(url, 400)).json<{ faults: { path: string }[] }>();
    expect(faults).toEqual([
      expect.objectContaining({ path: expect.stringMatching(/^querystring\//) as string }),
    ]);
  });
});

describe('GET /api/health', () => {
  it('is ok when Temporal, the store and a worker are there', async () => {
    expect((await get('/api/health')).json()).toEqual({
      status: 'ok',
      version: '9.9.9',
      temporal: { ok: true, address: 'temporal.test:7233', message: '' },
      store: { ok: true, kind: 'sqlite', message: '' },
      workers: [{ queue: 'plumbline', pollers: 1 }],
      audit_anchors: [],
      watches: [],
      temporal_ui: null,
      auth: 'open',
    });
  });

  it('is degraded, yet ready, without a worker', async () => {
    api.temporal.workers = [{ queue: 'plumbline', pollers: 0 }];
    expect((await get('/api/health')).json()).toMatchObject({ status: 'degraded' });
    api.temporal.workers = [{ queue: 'plumbline', pollers: 1 }];
  });

  it('is not ready while Temporal is away', async () => {
    api.temporal.down = true;
    expect((await get('/api/health', 503)).json()).toMatchObject({
      status: 'degraded',
      temporal: { ok: false },
    });
    api.temporal.down = false;
  });

  it('is not ready while the store is away, and says no more than that', async () => {
    const broken = { ...api.store, ping: () => Promise.reject(new Error('password=hunter2 refused')) };
    const other = await apiFixture({ deps: { store: broken } });
    const answer = await other.app.inject('/api/health');
    expect([answer.statusCode, answer.json<{ store: { ok: boolean } }>().store.ok]).toEqual([503, false]);
    expect(answer.body).not.toContain('hunter2');
    await other.close();
  });
});

describe('a failure inside', () => {
  it('is logged, and shown to nobody', async () => {
    const stacks = {
      ...api.store.stacks,
      list: () => Promise.reject(new Error('secret: /data/plumbline.db')),
    };
    const other = await apiFixture({ deps: { store: { ...api.store, stacks } } });
    const answer = await other.app.inject('/api/repos/my-infra/stacks');
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([500, 'internal']);
    expect(answer.body).not.toContain('secret');
    expect(JSON.stringify(other.log)).toContain('secret: /data/plumbline.db');
    await other.close();
  });
});
