import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { conventionalEnvironment } from '../../src/domain/environments.ts';
import type { EnvironmentDetailJson, EnvironmentsJson } from '../../src/api/schemas/environment.ts';
import { aToken } from '../support/a-token.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aStack, storePlan, storeTask } from '../support/api-data.ts';
import { aRepo } from '../support/api-settings.ts';
import { presentPlan } from '../support/ui-control.ts';

let api: ApiFixture;

beforeEach(async () => {
  api = await apiFixture({ repos: [aRepo(), aRepo({ name: 'network' })] });
  const { jobs } = await storeTask(api.store, 'my-infra', [aStack('terraform/prod'), aStack('k8s/staging')]);
  await storePlan(api.store, jobs[0]!);
  await storeTask(api.store, 'network', [aStack('prod')]);
});

afterEach(() => api.close());

const list = async (headers = {}) =>
  (await api.app.inject({ url: '/api/environments', headers })).json<EnvironmentsJson>().environments;

describe('GET /api/environments', () => {
  it('lists the conventional ones in their order of syncing, with counts over repos', async () => {
    await presentPlan(api.store, 'my-infra', 'terraform/prod');
    const environments = await list();
    expect(environments.map(({ name, stacks }) => [name, stacks])).toEqual([
      ['development', 0],
      ['staging', 1],
      ['production', 2],
    ]);
    expect(environments[2]).toMatchObject({
      aliases: ['prod', 'prd'],
      repos: ['my-infra', 'network'],
      drifted: 1,
      waiting: 1,
      hold: null,
      policy: { automated: null, approvals: { required: 2 } },
    });
  });

  it('goes by the config where it lists some', async () => {
    const live = { ...conventionalEnvironment('live'), sources: [{ repo: 'network', ref: null, paths: [] }] };
    api.reload({ published: { environments: [live] } });
    const found = (await list()).find(({ name }) => name === 'live');
    expect(found).toMatchObject({ repos: ['network'], stacks: 1 });
  });

  it('shows an environment by an alias, with its stacks', async () => {
    const answer = await api.app.inject('/api/environments/prod');
    const { name, members } = answer.json<EnvironmentDetailJson>();
    expect([name, members.map(({ repo, stack }) => `${repo}/${stack}`)]).toEqual([
      'production',
      ['my-infra/terraform/prod', 'network/prod'],
    ]);
  });

  it('shows people what is theirs', async () => {
    const grants = [{ role: 'viewer' as const, repos: ['network'], environments: ['production'] }];
    api.reload({ auth: { mode: 'tokens', oidc: [], tokens: [aToken('bob', 'secret', { grants })] } });
    const headers = { authorization: 'Bearer secret' };
    expect((await list(headers)).map(({ name }) => name)).toEqual(['production']);
    const repos = (await api.app.inject({ url: '/api/repos', headers })).json<{
      repos: { name: string }[];
    }>();
    expect(repos.repos.map(({ name }) => name)).toEqual(['network']);
    const stacks = (await api.app.inject({ url: '/api/stacks', headers })).json<{
      stacks: { repo: string }[];
    }>();
    expect(stacks.stacks.map(({ repo }) => repo)).toEqual(['network']);
    expect((await api.app.inject({ url: '/api/repos/my-infra', headers })).statusCode).toBe(404);
  });

  it.each([
    ['a grant for another repo', { repos: ['network'], environments: [] }, ['live-network', 'production']],
    ['a grant that names it', { repos: ['network'], environments: ['dev*'] }, ['development']],
    [
      'a grant for all',
      { repos: [], environments: [] },
      ['live-infra', 'live-network', 'development', 'production'],
    ],
  ])('shows an environment only to whoever has something of it: %s', async (_, grant, names) => {
    const own = (name: string, repo: string) => ({
      ...conventionalEnvironment(name),
      sources: [{ repo, ref: null, paths: ['live/**'] }],
    });
    const environments = [
      own('live-infra', 'my-infra'),
      own('live-network', 'network'),
      conventionalEnvironment('development'),
      conventionalEnvironment('production'),
    ].map((each, order) => ({ ...each, order }));
    await api.store.stacks.discovered('my-infra', [], { complete: true });
    const tokens = [aToken('bob', 'secret', { grants: [{ role: 'viewer', ...grant }] })];
    api.reload({ published: { environments }, auth: { mode: 'tokens', oidc: [], tokens } });
    const headers = { authorization: 'Bearer secret' };
    expect((await list(headers)).map(({ name }) => name)).toEqual(names);
    for (const { name } of environments) {
      const answer = await api.app.inject({ url: `/api/environments/${name}`, headers });
      expect(answer.statusCode, name).toBe(names.includes(name) ? 200 : 404);
    }
  });
});
