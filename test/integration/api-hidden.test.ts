import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Grant } from '../../src/domain/person.ts';
import { aToken } from '../support/a-token.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aStack, storeTask } from '../support/api-data.ts';
import { aRepo } from '../support/api-settings.ts';
import { everyRouteWithId } from '../support/every-route.ts';
import { aDigest, aSigningKey, UI_ENVIRONMENTS } from '../support/ui-control.ts';
import { keysOf, storeEnvironments } from '../support/two-environments.ts';

const DEV = { environment: 'development', folder: 'dev', word: 'mine-8d21', text: 'text-of-dev' };
const PROD = { environment: 'production', folder: 'prod', word: 'theirs-4f0c', text: 'text-of-prod' };
const SECRET = { repo: 'secret-repo', stack: 'envs/dev/vault', ofProd: 'envs/prod/vault' };
const BOTH = ['viewer', 'admin'] as const;

/** Something that is there and hidden, and something that is not there; the record of the hidden one. */
interface Pair {
  hidden: string;
  absent: string;
  record: { repo: string | null; environment: string | null };
}

let api: ApiFixture;
let pairs: Record<'repo' | 'stack' | 'approval' | 'job' | 'task' | 'environment' | 'taskOfRepo', Pair>;

beforeAll(async () => {
  const grant = (role: Grant['role']): Grant[] => [
    { role, repos: ['my-infra'], environments: [DEV.environment] },
  ];
  const tokens = BOTH.map((role) => aToken(`${role}@example.com`, role, { grants: grant(role) }));
  tokens.push(aToken('root@example.com', 'root'));
  api = await apiFixture({
    auth: { mode: 'tokens', tokens, oidc: [] },
    repos: [aRepo(), aRepo({ name: SECRET.repo })],
    deps: { signingKey: aSigningKey() },
  });
  api.reload({ published: { environments: UI_ENVIRONMENTS } });
  const stored = await storeEnvironments(api.store, [DEV, PROD]);
  const foreign = await storeTask(api.store, SECRET.repo, [aStack(SECRET.stack), aStack(SECRET.ofProd)]);
  const ofProd = { repo: 'my-infra', environment: PROD.environment };
  const { planned } = keysOf(PROD);
  pairs = {
    repo: { hidden: SECRET.repo, absent: 'nowhere', record: { repo: SECRET.repo, environment: null } },
    stack: { hidden: planned, absent: 'envs/prod/unheard-of', record: ofProd },
    approval: { hidden: planned, absent: 'envs/dev/unheard-of', record: ofProd },
    job: { hidden: stored.jobs.at(-1)!, absent: `my-infra:${planned}:1`, record: ofProd },
    task: { hidden: stored.single[1]!, absent: 'my-infra:1', record: ofProd },
    taskOfRepo: {
      hidden: foreign.id,
      absent: `${SECRET.repo}:1`,
      record: { repo: SECRET.repo, environment: 'development' },
    },
    environment: {
      hidden: 'prod',
      absent: 'nowhere',
      record: { repo: null, environment: PROD.environment },
    },
  };
});

afterAll(() => api.close());

interface Asked {
  method: string;
  url: string;
  payload?: object;
}

async function ask(who: string, { method, url, payload }: Asked, word: string) {
  const answer = await api.app.inject({
    method: method as 'GET',
    url,
    headers: { authorization: `Bearer ${who}` },
    ...(payload === undefined ? {} : { payload }),
  });
  const { instance: _, ...said } = answer.headers['content-type']?.includes('problem')
    ? answer.json<Record<string, unknown>>()
    : { instance: '', body: answer.body };
  const headers = Object.keys(answer.headers).toSorted();
  // What was asked for may be repeated: it is no news to whoever asked.
  const text = JSON.stringify({ headers, said }).replaceAll(word, '<asked>');
  return { status: answer.statusCode, text };
}

const refusals = (actor: string) =>
  api.store.audit.newest({ action: 'access.refused', actor: `${actor}@example.com`, limit: 500 });

/** Asks for both; they must get the same answer, and only the hidden one is a refusal with its reason on record. */
async function expectSame(who: string, pair: Pair, request: (word: string) => Asked): Promise<number> {
  const before = (await refusals(who)).length;
  const hidden = await ask(who, request(pair.hidden), pair.hidden);
  const [record, ...older] = await refusals(who);
  const absent = await ask(who, request(pair.absent), pair.absent);
  const what = JSON.stringify(request(pair.hidden));
  expect(hidden, what).toEqual(absent);
  expect(older.length, what).toBe(before);
  expect(record, what).toMatchObject({
    ...pair.record,
    result: 'refused',
    details: { code: 'not_entitled' },
  });
  expect(record!.reason, what).toContain(`${who}@example.com may not`);
  return hidden.status;
}

const digest = aDigest('any');
/** What is sent along with what changes something, so that nothing but sight stands in its way. */
const BODIES: Record<string, object> = {
  '/api/approvals/{repo}/{stack}/{verb}': { digest, kind: 'approve' },
  '/api/locks/{repo}/{stack}/release': { reason: 'gone', attempt_id: 'any' },
  '/api/repos/{repo}/rollback': { to_commit: 'abc1234' },
  '/api/environments/{name}/rollback': { to_commit: 'abc1234' },
};

/** What can be named in a path, with the other parts of it such as exist and are theirs. */
function kindsOf(path: string): { pair: Pair; fill: (word: string) => string }[] {
  const fill = (values: Record<string, string>) =>
    path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? name));
  if (path.includes('{name}')) return [{ pair: pairs.environment, fill: (name) => fill({ name }) }];
  if (path.startsWith('/api/jobs/')) return [{ pair: pairs.job, fill: (id) => fill({ id }) }];
  if (path.includes('{id}'))
    return [pairs.task, pairs.taskOfRepo].map((pair) => ({ pair, fill: (id) => fill({ id }) }));
  const more = { verb: 'approve', stack: keysOf(DEV).planned };
  const repo = { pair: pairs.repo, fill: (word: string) => fill({ ...more, repo: word }) };
  if (!path.includes('{stack}')) return [repo];
  const pair = path.startsWith('/api/approvals') ? pairs.approval : pairs.stack;
  return [repo, { pair, fill: (stack) => fill({ ...more, repo: 'my-infra', stack }) }];
}

describe('what somebody may not see', () => {
  it('is answered on every route with an ID like what is not there, and the attempt is on record', async () => {
    const routes = everyRouteWithId((await api.app.inject('/openapi.json')).json());
    expect(routes.length).toBeGreaterThan(25);
    for (const { method, path } of routes) {
      for (const { pair, fill } of kindsOf(path)) {
        const payload = method === 'GET' ? {} : { payload: BODIES[path] ?? {} };
        for (const who of BOTH) {
          const status = await expectSame(who, pair, (word) => ({ method, url: fill(word), ...payload }));
          expect([method, path, status]).toEqual([method, path, 404]);
        }
      }
    }
  });

  it.each([
    ['a stack to sync', 'stack', '/api/repos/my-infra/sync', (word) => ({ stacks: [word] })],
    [
      'a stack to sync in an environment that is theirs',
      'stack',
      '/api/repos/my-infra/sync',
      (word) => ({ environment: 'dev', stacks: [word] }),
    ],
    [
      'an environment of a repo',
      'environment',
      '/api/repos/my-infra/sync',
      (name) => ({ environment: name }),
    ],
    [
      'one of several environments',
      'environment',
      '/api/repos/my-infra/reconcile',
      (name) => ({ environments: ['dev', name] }),
    ],
    ['a stack to pause', 'stack', '/api/holds', (name) => hold({ scope: 'stack', repo: 'my-infra', name })],
    ['a repo to pause', 'repo', '/api/holds', (repo) => hold({ scope: 'repo', repo })],
    ['an environment to pause', 'environment', '/api/holds', (name) => hold({ scope: 'environment', name })],
    [
      'a repo of an environment to pause',
      'repo',
      '/api/holds',
      (repo) => hold({ scope: 'environment', repo, name: 'dev' }),
    ],
  ] satisfies [string, keyof typeof pairs, string, (word: string) => object][])(
    'is not there when a body names %s',
    async (_, kind, url, body) => {
      const pair = pairs[kind];
      const record = kind === 'environment' && url !== '/api/holds' ? { repo: 'my-infra' } : {};
      const wanted = { ...pair, record: { ...pair.record, ...record } };
      const asked = (word: string) => ({ method: 'POST', url, payload: body(word) });
      expect(await expectSame('admin', wanted, asked)).toBe(404);
      expect(api.temporal.requested).toEqual([]);
    },
  );

  it('is not there when a body names a saved state', async () => {
    const url = '/api/repos/my-infra/rollback';
    const toBackup = (to_backup: string) => ({ stacks: [keysOf(DEV).planned], to_backup });
    const pair = { ...pairs.stack, hidden: `${PROD.word} backup`, absent: 'none' };
    const asked = (word: string) => ({ method: 'POST', url, payload: toBackup(word) });
    expect(await expectSame('admin', pair, asked)).toBe(404);
    const root = await ask('root', asked(pair.hidden), pair.hidden);
    expect([root.status, root.text]).toEqual([409, expect.stringContaining('backup_foreign')]);
  });

  it.each([
    ['repo', '/api/approvals?repo='],
    ['repo', '/api/attempts?repo='],
    ['repo', '/api/tasks?repo='],
    ['repo', '/api/audit?repo='],
    ['repo', '/api/audit/export?repo='],
    ['repo', '/api/audit/report?repo='],
    ['environment', '/api/approvals?environment='],
    ['environment', '/api/audit?environment='],
    ['environment', '/api/audit/export?environment='],
    ['environment', '/api/audit/report?environment='],
    ['task', '/api/attempts?task='],
    ['stack', '/api/attempts?stack='],
  ] as const)('is answered as a filter by its %s like what is not there: %s', async (kind, url) => {
    const { hidden, absent } = pairs[kind];
    const get = (word: string) => ask('viewer', { method: 'GET', url: `${url}${word}` }, word);
    expect(await get(hidden)).toEqual(await get(absent));
  });

  it('is refused, and no more than that, where they may see the thing but not do this', async () => {
    const { planned } = keysOf(DEV);
    const requests: [string, string, object][] = [
      ['POST', `/api/approvals/my-infra/${planned}/approve`, { digest, kind: 'approve' }],
      ['POST', `/api/locks/my-infra/${planned}/look`, {}],
      ['POST', `/api/repos/my-infra/stacks/${planned}/scan`, {}],
      ['POST', '/api/repos/my-infra/scan', {}],
      ['POST', '/api/repos/my-infra/sync', { stacks: [planned] }],
      ['POST', '/api/repos/my-infra/sync', { environment: 'dev' }],
      ['POST', '/api/holds', hold({ scope: 'stack', repo: 'my-infra', name: planned })],
    ];
    for (const [method, url, payload] of requests) {
      const { status, text } = await ask('viewer', { method, url, payload }, '-');
      expect([url, status]).toEqual([url, 403]);
      expect(text).toContain('not_allowed');
    }
  });

  it('is not named by the refusal of a whole environment that is theirs in part', async () => {
    const url = '/api/environments/development/sync';
    const stacks = [SECRET.stack, SECRET.ofProd].map((stack) => ({ stacks: [stack] }));
    for (const payload of [{}, ...stacks, { emergency_reason: 'fire' }]) {
      const { status, text } = await ask('admin', { method: 'POST', url, payload }, '-');
      expect(status, text).toBe(403);
      expect(text).not.toContain(SECRET.repo);
    }
    expect((await refusals('admin'))[0]).toMatchObject({ repo: SECRET.repo, environment: 'development' });
    expect(api.temporal.requested).toEqual([]);
  });
});

function hold(place: { scope: string; repo?: string; name?: string }): object {
  return { kind: 'pause', reason: 'a look', ...place };
}
