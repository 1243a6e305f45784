import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aToken } from '../support/a-token.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aStack, storeTask } from '../support/api-data.ts';

const everywhere = { repos: [], environments: [] };
let api: ApiFixture;

beforeEach(async () => {
  const grants = [{ role: 'operator' as const, repos: [], environments: ['development'] }];
  const tokens = [
    aToken('root', 'root-secret'),
    aToken('bob', 'bob-secret', { grants: [{ ...everywhere, role: 'operator' }] }),
    aToken('dev', 'dev-secret', { grants }),
  ];
  api = await apiFixture({ auth: { mode: 'tokens', oidc: [], tokens } });
});

afterEach(() => api.close());

const post = (who: string, url: string, payload: object = {}) =>
  api.app.inject({ method: 'POST', url, payload, headers: { authorization: `Bearer ${who}-secret` } });
const records = () => api.store.audit.list({ afterSeq: 0, limit: 100 });

describe('a sync of several environments of a repo', () => {
  it('makes several environments one task, by their one names and in their order of syncing', async () => {
    const answer = await post('bob', '/api/repos/my-infra/sync', {
      environments: ['prod', 'dev', 'stg', 'prod'],
    });
    expect(answer.statusCode, answer.body).toBe(202);
    expect(api.temporal.requested).toHaveLength(1);
    const { request } = api.temporal.requested[0]!;
    expect(request).toMatchObject({ environments: ['development', 'staging', 'production'] });
    expect(request).not.toHaveProperty('environment');
    expect((await records()).at(-1)).toMatchObject({
      action: 'task.requested',
      environment: null,
      details: { environments: ['development', 'staging', 'production'] },
    });
    await post('bob', '/api/repos/my-infra/reconcile', { environments: ['dev', 'development'] });
    expect(api.temporal.requested[1]!.request).toMatchObject({
      kind: 'reconcile',
      environment: 'development',
    });
    expect(api.temporal.requested[1]!.request).not.toHaveProperty('environments');
  });

  it('starts nothing of several environments of which one is not theirs', async () => {
    await storeTask(api.store, 'my-infra', [aStack('envs/prod'), aStack('envs/dev')]);
    const both = { environments: ['dev', 'prod'] };
    expect((await post('dev', '/api/repos/my-infra/sync', both)).statusCode).toBe(404);
    const own = await post('dev', '/api/repos/my-infra/sync', { ...both, stacks: ['envs/dev'] });
    expect(own.statusCode).toBe(404);
    expect(api.temporal.requested).toEqual([]);
  });

  it.each([
    ['sync', { environments: ['dev', 'stg'], environment: 'dev' }, 'invalid_request'],
    ['sync', { environments: ['dev', 'stg'], emergency_reason: 'fire' }, 'invalid_request'],
    ['rollback', { environments: ['dev', 'stg'], to_commit: 'abc1234' }, 'invalid_request'],
    ['sync', { environments: ['dev', 'stg'], stacks: ['envs/prod'] }, 'stack_outside_environment'],
  ])('refuses a %s of several environments with %j', async (kind, body, code) => {
    await storeTask(api.store, 'my-infra', [aStack('envs/prod'), aStack('envs/dev')]);
    const answer = await post('root', `/api/repos/my-infra/${kind}`, body);
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, code]);
    expect(api.temporal.requested).toEqual([]);
  });

  it('refuses a body that names another environment than the path', async () => {
    await storeTask(api.store, 'my-infra', [aStack('envs/prod')]);
    const answer = await post('bob', '/api/environments/prod/sync', { environments: ['prod', 'dev'] });
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'invalid_request']);
    expect((await post('bob', '/api/environments/prod/sync', { environment: 'production' })).statusCode).toBe(
      202,
    );
    expect(api.temporal.requested).toHaveLength(1);
  });
});
