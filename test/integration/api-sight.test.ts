import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RepoJson, StackJson } from '../../src/api/schemas/repo.ts';
import type { VerdictsJson } from '../../src/api/schemas/sync.ts';
import type { JobJson, TaskJson } from '../../src/api/schemas/task.ts';
import type { HoldJson } from '../../src/api/schemas/environment.ts';
import { aStack, COMMIT, storeTask } from '../support/api-data.ts';
import { anEntry, UI_ENVIRONMENTS } from '../support/ui-control.ts';
import { aToken } from '../support/a-token.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { followEvents } from '../support/event-stream.ts';
import { everyGetUrl } from '../support/every-route.ts';
import { keysOf, storeEnvironments, type StoredEnvironments } from '../support/two-environments.ts';

const DEV = { environment: 'development', folder: 'dev', word: 'mine-8d21', text: 'text-of-dev' };
const PROD = { environment: 'production', folder: 'prod', word: 'theirs-4f0c', text: 'text-of-prod' };
/** What is about the server, or the whole of it, and so shows nobody's environment or is refused. */
const OF_NO_ENVIRONMENT = ['/api/audit/verify', '/api/health', '/api/me', '/metrics'];

let api: ApiFixture;
let url: string;
let stored: StoredEnvironments;

beforeAll(async () => {
  const grants = [{ role: 'viewer' as const, repos: [], environments: [DEV.environment] }];
  const all = [{ role: 'viewer' as const, repos: [], environments: [] }];
  const tokens = [
    aToken('dev@example.com', 'dev', { grants }),
    aToken('all@example.com', 'all', { grants: all }),
  ];
  api = await apiFixture({ auth: { mode: 'tokens', tokens, oidc: [] } });
  api.reload({ published: { environments: UI_ENVIRONMENTS } });
  for (const { text, word } of [DEV, PROD]) api.artifacts.set(text, `The plan of ${word}`);
  stored = await storeEnvironments(api.store, [DEV, PROD]);
  url = await api.app.listen({ port: 0, host: '127.0.0.1' });
});

afterAll(() => api.close());

const headers = (token: string) => ({ authorization: `Bearer ${token}` });

async function get<T>(path: string, token = 'dev'): Promise<T> {
  const answer = await fetch(`${url}${path}`, { headers: headers(token) });
  expect(answer.status, path).toBe(200);
  return (await answer.json()) as T;
}

/** What every route answers to somebody. */
async function walk(token: string): Promise<{ path: string; url: string; status: number; text: string }[]> {
  const values: Record<string, string[]> = {
    repo: ['my-infra'],
    stack: [DEV, PROD].flatMap((one) => Object.values(keysOf(one))),
    name: ['development', 'prod', 'nowhere', '_none'],
  };
  const asked = everyGetUrl(await get('/openapi.json', token), (parameter, path) => {
    if (parameter === 'id') return path.startsWith('/api/jobs') ? stored.jobs : stored.tasks;
    return values[parameter] ?? [];
  });
  const narrowed = ['', '/export', '/report'].flatMap((rest) =>
    ['dev', 'production'].map((name) => ({
      path: `/api/audit${rest}`,
      url: `/api/audit${rest}?environment=${name}`,
    })),
  );
  const answers = [];
  for (const one of [...asked, ...narrowed]) {
    if (one.path.endsWith('/events')) continue;
    const answer = await fetch(`${url}${one.url}`, { headers: headers(token) });
    answers.push({ ...one, status: answer.status, text: await answer.text() });
  }
  return answers;
}

const pathsWith = (answers: Awaited<ReturnType<typeof walk>>, word: string) =>
  [...new Set(answers.filter(({ text }) => text.includes(word)).map(({ path }) => path))].toSorted();

describe('a viewer of one environment', () => {
  it('finds their own on every route, and of the other environment nothing anywhere', async () => {
    const everything = await walk('all');
    const own = await walk('dev');
    // A refusal repeats the path that was asked for.
    const answered = own.filter(({ status }) => status === 200);
    expect(answered.filter(({ text }) => text.includes(PROD.word)).map(({ url: asked }) => asked)).toEqual(
      [],
    );
    expect(new Set(own.map(({ status }) => status))).toEqual(new Set([200, 403, 404]));
    const routes = [...new Set(everything.map(({ path }) => path))].toSorted();
    expect(routes.length).toBeGreaterThan(20);
    const speaking = routes.filter((path) => !OF_NO_ENVIRONMENT.includes(path));
    expect(pathsWith(everything, PROD.word)).toEqual(speaking);
    expect(pathsWith(answered, DEV.word)).toEqual(speaking);
  });

  it('is told that what is of the other environment is not there, and the refusal is recorded', async () => {
    const { planned } = keysOf(PROD);
    for (const [path, code] of [
      [`/api/stacks/my-infra/${planned}/plan`, 'stack_not_found'],
      [`/api/approvals/my-infra/${planned}`, 'approval_not_found'],
      [`/api/locks/my-infra/${planned}`, 'stack_not_found'],
      [`/api/repos/my-infra/stacks/${planned}/backups`, 'stack_not_found'],
      [`/api/tasks/${stored.single[1]}`, 'task_not_found'],
      ['/metrics', 'not_allowed'],
    ] as const) {
      const answer = await fetch(`${url}${path}`, { headers: headers('dev') });
      expect(answer.status, path).toBe(code === 'not_allowed' ? 403 : 404);
      const refusal = (await answer.json()) as { code: string };
      expect(refusal).toMatchObject({ code });
      expect(JSON.stringify(refusal)).not.toContain(PROD.environment);
    }
    const refusals = await api.store.audit.newest({ action: 'access.refused', limit: 50 });
    expect(refusals).toContainEqual(
      expect.objectContaining({ actor: 'dev@example.com', environment: PROD.environment, result: 'refused' }),
    );
  });

  it('is given counts that add up to what is listed', async () => {
    const task = await get<TaskJson>(`/api/tasks/${stored.common}`);
    const { jobs } = await get<{ jobs: JobJson[] }>(`/api/tasks/${stored.common}/jobs`);
    expect(task).toMatchObject({ total: 2, completed: 1, failed: 1, drifted: 1, errored: 1 });
    expect(jobs.map(({ stack }) => stack)).toEqual(Object.values(keysOf(DEV)));
    expect(await get('/api/tasks/' + stored.common, 'all')).toMatchObject({ total: 4, completed: 2 });
    const [repo] = (await get<{ repos: RepoJson[] }>('/api/repos')).repos;
    const { stacks } = await get<{ stacks: StackJson[] }>('/api/repos/my-infra/stacks');
    expect([repo!.total, stacks.length]).toEqual([2, 2]);
    const { tasks } = await get<{ tasks: TaskJson[] }>('/api/tasks');
    expect(tasks.map(({ id }) => id)).toEqual([stored.single[0], stored.common]);
    // The newest task is of the other environment only.
    expect(repo!.last_task?.id).toBe(stored.single[0]);
  });

  it('is not told which stack of the other environment theirs is blocked by', async () => {
    const [own, theirs] = [keysOf(DEV), keysOf(PROD)];
    const failed = stored.jobs[1]!;
    await api.store.verdicts.put(failed, {
      kind: 'blocked',
      rule: null,
      reasons: [
        { code: 'blocked_by', message: `Blocked by ${own.planned}, ${theirs.planned}, which failed.` },
      ],
      blockedBy: [own.planned, theirs.planned],
    });
    const blockedOf = async (token: string) => {
      const { verdicts } = await get<VerdictsJson>(`/api/tasks/${stored.common}/verdicts`, token);
      const verdict = verdicts.find(({ job_id }) => job_id === failed)!;
      return [verdict.blocked_by, verdict.reasons[0]!.message];
    };
    expect(await blockedOf('dev')).toEqual([
      [own.planned, 'another stack'],
      `Blocked by ${own.planned}, another stack.`,
    ]);
    expect((await blockedOf('all'))[0]).toEqual([own.planned, theirs.planned]);
  });

  it('is told of a task that was asked for a stack of the other environment only what is theirs', async () => {
    const [own, theirs] = [keysOf(DEV), keysOf(PROD)];
    const { id } = await storeTask(api.store, 'my-infra', [aStack(own.failed), aStack(theirs.failed)], {
      startedAtMs: Date.now() - 120_000,
      stackKey: theirs.failed,
    });
    expect(await get(`/api/tasks/${id}`)).toMatchObject({ stack: null, total: 1 });
    expect(await get(`/api/tasks/${id}`, 'all')).toMatchObject({ stack: theirs.failed, total: 2 });
  });

  it('reads in the audit log why theirs was refused, but not which stack of the other environment it was', async () => {
    const [own, theirs] = [keysOf(DEV), keysOf(PROD)];
    await api.store.audit.append(
      anEntry({
        action: 'apply.refused',
        repo: 'my-infra',
        stackKey: own.planned,
        environment: DEV.environment,
        result: 'refused',
        reason: `Blocked by ${theirs.planned}, which failed.`,
        details: { code: 'blocked_by' },
      }),
    );
    for (const path of ['/api/audit', '/api/audit/export']) {
      const read = async (token: string) => JSON.stringify(await get(`${path}?environment=dev`, token));
      expect(await read('dev')).toContain('Blocked by another stack.');
      expect(await read('dev')).not.toContain(PROD.word);
      expect(await read('all')).toContain(`Blocked by ${theirs.planned}, which failed.`);
    }
  });

  it('is told of a rollback that Git has not got yet by the paths of their own stacks', async () => {
    const [own, theirs] = [keysOf(DEV), keysOf(PROD)];
    const merge = { branch: 'main', paths: [own.planned, theirs.planned] };
    const hold = { kind: 'pin', scope: 'repo', repo: 'my-infra', name: '', commit: COMMIT, merge } as const;
    const said = { reason: 'back', by: 'ops', at: new Date().toISOString(), releasedAt: null };
    await api.store.holds.place({ id: 'pin of all', ...hold, ...said, releasedBy: null });
    const needed = async (token: string) => {
      const { holds } = await get<{ holds: HoldJson[] }>('/api/holds', token);
      return holds.find(({ id }) => id === 'pin of all')!.merge_needed;
    };
    expect(await needed('dev')).toContain(`brings ${own.planned} and 1 more back`);
    expect(await needed('dev')).not.toContain(PROD.word);
    expect(await needed('all')).toContain(`brings ${own.planned}, ${theirs.planned} back`);
    await api.store.holds.release('pin of all', 'ops', said.at);
  });

  it('follows a task by the lines of their own stacks', async () => {
    const follow = async (token: string) => {
      const stream = await followEvents(`${url}/api/tasks/${stored.common}/events`, headers(token));
      await stream.ended;
      return stream.events;
    };
    const own = await follow('dev');
    expect(JSON.stringify(own)).not.toContain(PROD.word);
    expect(JSON.stringify(own)).toContain(`A line of ${DEV.word}`);
    expect(own.at(-1)).toMatchObject({ event: 'end', data: { task: { total: 2 } } });
    expect(JSON.stringify(await follow('all'))).toContain(`also ${PROD.word}`);
    const foreign = await fetch(`${url}/api/tasks/${stored.single[1]}/events`, { headers: headers('dev') });
    expect(foreign.status).toBe(404);
  });
});
