import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jobId, parseTaskId } from '../../src/domain/ids.ts';
import type { Stack } from '../../src/domain/stack.ts';
import type { ScanAcceptedJson } from '../../src/api/schemas/task.ts';
import type { ScanRepoInput } from '../../src/workflows/inputs.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aStack, COMMIT, storeTask } from '../support/api-data.ts';
import { aRepo } from '../support/api-settings.ts';

let api: ApiFixture;

beforeEach(async () => {
  api = await apiFixture();
});

afterEach(() => api.close());

/** What a worker does first. */
async function discover(input: ScanRepoInput, stacks: Stack[]): Promise<void> {
  const startedAtMs = parseTaskId(input.task_id!)!.startedAtMs;
  const jobs = stacks.map((stack) => ({
    id: jobId(input.repo, stack.key, startedAtMs),
    stack,
    queue: 'stacks',
  }));
  await api.store.tasks.discovered(input.task_id!, COMMIT, jobs, new Date().toISOString());
}

const post = (url: string, body?: unknown, headers: Record<string, string> = {}) =>
  api.app.inject({
    method: 'POST',
    url,
    headers,
    ...(body === undefined ? {} : { payload: body as object }),
  });

describe('POST /api/repos/{repo}/scan', () => {
  it('answers with the jobs as soon as they are known', async () => {
    api.temporal.onStart = (input) => discover(input, [aStack('envs/prod'), aStack('envs/dev')]);
    const answer = await post('/api/repos/my-infra/scan');
    const { task, jobs, message } = answer.json<ScanAcceptedJson>();
    expect(answer.statusCode).toBe(200);
    expect(message).toBe('Job enqueued');
    expect(task).toMatchObject({ status: 'running', total: 2, queued: 2, commit: COMMIT, trigger: 'manual' });
    const { startedAtMs } = parseTaskId(task.id)!;
    expect(jobs).toEqual([`my-infra:envs/prod:${startedAtMs}`, `my-infra:envs/dev:${startedAtMs}`]);
  });

  it('answers with the task alone when its jobs are not known in time', async () => {
    const { task, jobs } = (await post('/api/repos/my-infra/scan')).json<ScanAcceptedJson>();
    expect([task.status, task.total, jobs]).toEqual(['running', 0, []]);
    expect((await api.app.inject(`/api/tasks/${task.id}`)).json()).toEqual(task);
  });

  it('answers with the failure when the task fails before its jobs are known', async () => {
    const error = { code: 'auth_failed', message: 'The remote refused the credentials' };
    api.temporal.onStart = async (input) => {
      await api.store.tasks.finish(input.task_id!, { status: 'failed', error }, new Date().toISOString());
    };
    const { task } = (await post('/api/repos/my-infra/scan')).json<ScanAcceptedJson>();
    expect(task).toMatchObject({ status: 'failed', error });
  });

  it('hands trigger, commit and actor on', async () => {
    await post('/api/repos/my-infra/scan', { trigger: 'post-apply', commit: 'abc123', actor: 'ci' });
    expect(api.temporal.started).toEqual([
      {
        repo: 'my-infra',
        trigger: 'post-apply',
        commit: 'abc123',
        actor: 'ci',
        task_id: expect.any(String) as string,
      },
    ]);
  });

  it.each([
    ['no body and no content type', undefined, {}],
    ['an empty body called JSON', '', { 'content-type': 'application/json' }],
    ['an empty object', '{}', { 'content-type': 'application/json; charset=utf-8' }],
    ['null', 'null', { 'content-type': 'application/json' }],
    ['empty fields', '{"trigger":"","commit":"","actor":""}', { 'content-type': 'application/json' }],
    ['fields of null', '{"trigger":null,"commit":null,"actor":null}', { 'content-type': 'application/json' }],
    ['fields that it does not know', '{"ref":"main"}', { 'content-type': 'application/json' }],
  ])('takes %s as a manual scan of the newest commit', async (_title, payload, headers) => {
    const answer = await api.app.inject({
      method: 'POST',
      url: '/api/repos/my-infra/scan',
      headers: headers as Record<string, string>,
      ...(payload === undefined ? {} : { payload }),
    });
    expect(answer.statusCode, answer.body).toBe(200);
    expect(api.temporal.started).toEqual([
      { repo: 'my-infra', trigger: 'manual', actor: '', task_id: expect.any(String) as string },
    ]);
  });

  it.each([
    ['half a body', '{"trigger":', 400, 'invalid_json'],
    ['a list', '[]', 400, 'invalid_request'],
    ['a number as commit', '{"commit":123456}', 400, 'invalid_request'],
    ['an option as commit', '{"commit":"--upload-pack=x"}', 400, 'invalid_request'],
    ['a huge body', JSON.stringify({ actor: 'x'.repeat(20_000) }), 413, 'body_too_large'],
  ])('refuses %s with its reason', async (_title, payload, status, code) => {
    const answer = await api.app.inject({
      method: 'POST',
      url: '/api/repos/my-infra/scan',
      headers: { 'content-type': 'application/json' },
      payload,
    });
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([status, code]);
    expect(api.temporal.started).toEqual([]);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'starts nothing for a body of type %s',
    async (type) => {
      const answer = await post('/api/repos/my-infra/scan', 'trigger=x', { 'content-type': type });
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([
        415,
        'unsupported_media_type',
      ]);
      expect(api.temporal.started).toEqual([]);
    },
  );

  it('answers 404 for a repo that is not configured', async () => {
    const answer = await post('/api/repos/other/scan');
    expect([answer.statusCode, answer.json<{ error: string }>().error]).toEqual([
      404,
      'Repository not configured',
    ]);
  });

  it('answers 503 while Temporal is away, and leaves no task behind', async () => {
    api.temporal.down = true;
    const answer = await post('/api/repos/my-infra/scan');
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([503, 'temporal_unavailable']);
    expect(answer.headers['retry-after']).toBe('5');
    expect(await api.store.tasks.running()).toEqual([]);
  });

  it('scans a repo that a reload of the config has brought', async () => {
    api.reload({ repos: [aRepo({ name: 'late' })] });
    expect((await post('/api/repos/late/scan')).statusCode).toBe(200);
    expect((await post('/api/repos/my-infra/scan')).statusCode).toBe(404);
  });
});

describe('a scan of a busy repo', () => {
  it('answers 409 with the running task and its counts of now', async () => {
    const running = await storeTask(api.store, 'my-infra', [aStack('a'), aStack('b')]);
    api.temporal.running.set('my-infra', { runId: 'run-0', startedAt: running.startedAt });
    await api.store.jobs.start(running.jobs[0]!, 'worker-1', new Date().toISOString());
    const answer = await post('/api/repos/my-infra/scan');
    expect(answer.statusCode).toBe(409);
    expect(answer.json()).toMatchObject({
      error: 'Repository scan already in progress',
      active_task: { id: running.id, total: 2, queued: 1, running: 1 },
    });
  });

  it('names the running task even before any worker has taken it', async () => {
    const startedAt = '2026-01-02T03:04:05.000Z';
    api.temporal.running.set('my-infra', { runId: 'run-0', startedAt });
    const answer = await post('/api/repos/my-infra/scan');
    expect(answer.json()).toMatchObject({
      active_task: { id: `my-infra:${Date.parse(startedAt)}`, status: 'running', total: 0 },
    });
  });

  it('waits a moment for a workflow that has just ended its task', async () => {
    api.temporal.running.set('my-infra', { runId: 'run-0', startedAt: new Date().toISOString() });
    setTimeout(() => api.temporal.running.delete('my-infra'), 20);
    expect((await post('/api/repos/my-infra/scan')).statusCode).toBe(200);
  });

  it('lets exactly one of many requests through', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => post('/api/repos/my-infra/scan')));
    expect(answers.map(({ statusCode }) => statusCode).sort((a, b) => a - b)).toEqual([
      200,
      ...Array<number>(7).fill(409),
    ]);
  });
});

describe('POST /api/repos/{repo}/stacks/{stack}/scan', () => {
  it.each([
    ['listed, raw', 'envs/prod/scan', 'envs/prod'],
    ['listed, encoded', 'envs%2Fprod/scan', 'envs/prod'],
    ['listed with a space, as its path', 'envs/my%20stack/scan', 'envs/my~20stack'],
    ['listed with a space, as its key', 'envs/my~20stack/scan', 'envs/my~20stack'],
    ['a workspace of a listed folder', 'envs/prod@blue/scan', 'envs/prod@blue'],
    ['known from an earlier scan', 'known/scan', 'known'],
    ['called scan', 'envs/scan/scan', 'envs/scan'],
  ])('starts a stack that is %s', async (_title, path, key) => {
    api.reload({ repos: [aRepo({ stacks: ['envs/prod', 'envs/my stack', 'envs/scan'] })] });
    await api.store.stacks.discovered('my-infra', [aStack('known')], { complete: true });
    const answer = await post(`/api/repos/my-infra/stacks/${path}`);
    expect(answer.statusCode, answer.body).toBe(200);
    expect(api.temporal.started).toMatchObject([{ stack: key }]);
    expect(answer.json()).toMatchObject({ task: { stack: key } });
  });

  it.each(['envs/none/scan', '../etc/scan', 'envs/../prod/scan', 'scan', 'envs//prod/scan'])(
    'answers 404 for %s, which is neither listed nor known',
    async (path) => {
      api.reload({ repos: [aRepo({ stacks: ['envs/prod'] })] });
      const answer = await post(`/api/repos/my-infra/stacks/${path}`);
      expect(answer.statusCode, answer.body).toBe(404);
      expect(api.temporal.started).toEqual([]);
    },
  );

  it.each(['envs/prod', 'envs/prod/cancel'])(
    'starts nothing for %s, which does not end in /scan',
    async (path) => {
      const answer = await post(`/api/repos/my-infra/stacks/${path}`);
      expect([answer.statusCode, api.temporal.started.length]).toEqual([404, 0]);
    },
  );

  it('looks for an unknown stack in Git where stacks are discovered', async () => {
    api.temporal.onStart = (input) => discover(input, [aStack('envs/new')]);
    const answer = await post('/api/repos/my-infra/stacks/envs/new/scan');
    expect([answer.statusCode, answer.json<ScanAcceptedJson>().jobs.length]).toEqual([200, 1]);
  });

  it('answers 404 when Git has no such stack either', async () => {
    const error = { code: 'stack_not_found', message: 'No stack envs/none at this commit' };
    api.temporal.onStart = async (input) => {
      await api.store.tasks.finish(input.task_id!, { status: 'failed', error }, new Date().toISOString());
    };
    const answer = await post('/api/repos/my-infra/stacks/envs/none/scan');
    expect([answer.statusCode, answer.json<{ error: string }>().error]).toEqual([404, 'Stack not found']);
  });
});
