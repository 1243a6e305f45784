import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EnvironmentsJson } from '../../src/api/schemas/environment.ts';
import { conventionalEnvironment } from '../../src/domain/environments.ts';
import type { DriftReport } from '../../src/domain/reports/report.ts';
import type { EnvironmentReport } from '../../src/domain/reports/environment.ts';
import { aToken } from '../support/a-token.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aChange, aPlan, aStack, finishTask, storePlan, storeTask } from '../support/api-data.ts';
import { aRepo } from '../support/api-settings.ts';
import { anAttempt } from '../contract/store-control-builders.ts';

const prod = aStack('envs/prod');
const dev = aStack('envs/dev');
const waiting = aStack('tools/waiting');
const cluster = aStack('k8s/production/web', { kind: 'opentofu' });
const critical = aPlan({
  severity: 'critical',
  changes: [aChange({ severity: 'critical', address: 'aws_security_group.web', kind: 'aws_security_group' })],
});
let api: ApiFixture;
let task: Awaited<ReturnType<typeof storeTask>>;

beforeAll(async () => {
  api = await apiFixture({ repos: [aRepo(), aRepo({ name: 'platform' })] });
  task = await storeTask(api.store, 'my-infra', [prod, dev, waiting]);
  await storePlan(api.store, task.jobs[0]!, critical);
  const failure = { code: 'auth_failed', message: 'The provider refused the credentials' };
  await api.store.jobs.start(task.jobs[1]!, 'worker-1', task.startedAt);
  await api.store.jobs.fail(task.jobs[1]!, 'errored', failure, task.startedAt);
  const other = await storeTask(api.store, 'platform', [cluster], { startedAtMs: 1_706_712_000_000 });
  await storePlan(api.store, other.jobs[0]!);
  await finishTask(api.store, other.id);
});

afterAll(() => api.close());

const report = (path: string) => api.app.inject(path);

describe('GET /api/tasks/{id}/report', () => {
  it("has the analyzer's keys and every stack of the task", async () => {
    const answer = await report(`/api/tasks/${task.id}/report`);
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([
      200,
      'application/json; charset=utf-8',
    ]);
    expect(answer.json()).toMatchObject({
      drift_detected: true,
      total_changes: 1,
      changes_by_severity: { critical: 1, high: 0, medium: 0, low: 0 },
      changes_by_action: { update: 1 },
      affected_resources: ['aws_security_group.web'],
      changes: [{ resource_type: 'aws_security_group', stack: 'envs/prod' }],
    });
    expect(answer.json<DriftReport>().stacks.map(({ key, status }) => [key, status])).toEqual([
      ['envs/dev', 'errored'],
      ['envs/prod', 'drifted'],
      ['tools/waiting', 'unknown'],
    ]);
  });

  it('can be read as Markdown and as SARIF', async () => {
    const markdown = await report(`/api/tasks/${task.id}/report?format=markdown`);
    expect(markdown.headers['content-type']).toBe('text/markdown; charset=utf-8');
    expect(markdown.body).toContain('aws_security_group.web');
    const sarif = await report(`/api/tasks/${task.id}/report?format=sarif`);
    expect(sarif.headers['content-type']).toBe('application/sarif+json; charset=utf-8');
    expect(sarif.json()).toMatchObject({
      version: '2.1.0',
      runs: [{ tool: { driver: { semanticVersion: '9.9.9' } } }],
    });
  });

  it('refuses other formats and unknown tasks', async () => {
    expect((await report(`/api/tasks/${task.id}/report?format=pdf`)).statusCode).toBe(400);
    expect((await report('/api/tasks/my-infra:1/report')).statusCode).toBe(404);
  });
});

describe('emergency applies', () => {
  const startedAt = (daysAgo: number) => new Date(Date.parse(task.startedAt) - daysAgo * 86_400_000);
  beforeAll(async () => {
    const begin = (id: string, repo: string, stackKey: string, at: Date, reason = 'the site is down') =>
      api.store.attempts.begin(
        anAttempt({
          id,
          repo,
          stackKey,
          taskId: `${repo}:${at.getTime()}`,
          rule: 'break_glass',
          emergency: { by: 'bob@example.com', reason },
          startedAt: at.toISOString(),
        }),
        {},
      );
    await begin('of prod', 'my-infra', 'envs/prod', startedAt(3));
    await begin('too old', 'my-infra', 'tools/waiting', startedAt(400), 'long ago');
    await begin('of no stack of it', 'my-infra', 'envs/gone', startedAt(3));
    await begin('of the cluster', 'platform', 'k8s/production/web', new Date(Date.now() - 1_000));
  });

  it('stand in the report of a task of their stack, in every form, beside the analyzer’s keys', async () => {
    const url = `/api/tasks/${task.id}/report`;
    const json = (await report(url)).json<DriftReport>();
    expect(json.emergencies).toEqual([
      {
        at: startedAt(3).toISOString(),
        by: 'bob@example.com',
        reason: 'the site is down',
        stack: 'envs/prod',
        environment: 'production',
        task: `my-infra:${startedAt(3).getTime()}`,
        commit: 'c0ffee',
        status: 'started',
      },
    ]);
    expect(json).toMatchObject({ total_changes: 1, affected_resources: ['aws_security_group.web'] });
    const markdown = (await report(`${url}?format=markdown`)).body;
    expect(markdown).toContain('Applied in an emergency, without approvals (1)');
    expect(markdown).toContain('the site is down | started |');
    const sarif = (await report(`${url}?format=sarif`)).body;
    expect(sarif).toContain('"ruleId":"emergency-apply"');
    expect(sarif).toContain('ordered by bob@example.com: the site is down');
  });

  it('stand in the report of their environment, those of the last thirty days', async () => {
    const environment = (await report('/api/environments/production/report')).json<EnvironmentReport>();
    const named = environment.emergencies.map(({ repo, stack }) => `${repo}:${stack}`);
    expect(named).toEqual(['platform:k8s/production/web', 'my-infra:envs/prod']);
    const markdown = (await report('/api/environments/production/report?format=markdown')).body;
    expect(markdown).toContain('| `platform/k8s/production/web` | bob');
    const sarif = (await report('/api/environments/production/report?format=sarif')).body;
    expect(sarif).toContain('platform/k8s/production/web was applied in an emergency');
  });
});

describe('GET /api/environments/{name}/report', () => {
  it.each(['production', 'prod'])('consolidates the stacks of %s across repos and kinds', async (name) => {
    const answer = await report(`/api/environments/${name}/report`);
    expect(answer.json()).toMatchObject({
      environment: 'production',
      severity: 'critical',
      total_changes: 2,
      kinds: { terraform: { stacks: 1 }, opentofu: { stacks: 1 } },
    });
    expect(answer.json<EnvironmentReport>().stacks.map(({ repo, key }) => `${repo}:${key}`)).toEqual([
      'my-infra:envs/prod',
      'platform:k8s/production/web',
    ]);
  });

  it('shows a failed stack as failed, never by an older plan', async () => {
    const development = (await report('/api/environments/dev/report')).json<EnvironmentReport>();
    expect(development).toMatchObject({ total_changes: 0, stacks: [{ key: 'envs/dev', status: 'errored' }] });
  });

  it('names the repo of each stack in Markdown and SARIF', async () => {
    const markdown = await report('/api/environments/production/report?format=markdown');
    expect(markdown.body).toContain('platform/k8s/production/web');
    const sarif = await report('/api/environments/production/report?format=sarif');
    expect(sarif.body).toContain('my-infra/envs/prod');
  });

  it('answers 404 with the environments that there are', async () => {
    const answer = await report('/api/environments/mars/report');
    expect(answer.statusCode).toBe(404);
    expect(answer.json<{ detail: string }>().detail).toContain('development, production');
  });

  describe('with environments in the config', () => {
    const conventional = conventionalEnvironment('production');
    const live = {
      ...conventional,
      name: 'live',
      aliases: ['prod', 'blue'],
      sources: [
        { repo: 'my-infra', ref: null, paths: ['envs/prod', 'tools'] },
        { repo: 'platform', ref: 'release', paths: [] },
      ],
    };
    beforeAll(() => {
      const repos = [aRepo(), aRepo({ name: 'platform', branch: 'release' })];
      api.reload({ repos, published: { environments: [live] } });
    });

    it.each(['live', 'LIVE', 'prod', 'blue'])('goes by their sources and aliases: %s', async (name) => {
      const answer = (await report(`/api/environments/${name}/report`)).json<EnvironmentReport>();
      expect(answer).toMatchObject({ environment: 'live', total_changes: 2 });
      expect(answer.stacks.map(({ repo, key }) => `${repo}:${key}`)).toEqual([
        'my-infra:envs/prod',
        'my-infra:tools/waiting',
        'platform:k8s/production/web',
      ]);
      expect(answer.changes.map(({ environment }) => environment)).toEqual(['live', 'live']);
    });

    it('holds what /api/environments holds, in every form', async () => {
      const { environments } = (await report('/api/environments')).json<EnvironmentsJson>();
      expect(environments.find(({ name }) => name === 'live')).toMatchObject({ stacks: 3 });
      const sarif = await report('/api/environments/live/report?format=sarif');
      expect(sarif.body).toContain('plumbline/live/');
      expect(sarif.body).toContain('platform/k8s/production/web');
    });

    it('gives the stacks of a task’s report their environment', async () => {
      const { stacks } = (await report(`/api/tasks/${task.id}/report`)).json<DriftReport>();
      expect(stacks.map(({ key, environment }) => [key, environment])).toEqual([
        ['envs/dev', 'development'],
        ['envs/prod', 'live'],
        ['tools/waiting', 'live'],
      ]);
    });

    it('names them in a 404', async () => {
      const answer = await report('/api/environments/production/report');
      expect(answer.statusCode).toBe(404);
      expect(answer.json<{ detail: string }>().detail).toContain('development, live');
    });

    it('leaves out what a person may not read', async () => {
      const grants = [{ role: 'viewer' as const, repos: ['platform'], environments: ['live'] }];
      api.reload({ auth: { mode: 'tokens', oidc: [], tokens: [aToken('bob', 'secret', { grants })] } });
      const headers = { authorization: 'Bearer secret' };
      const answer = await api.app.inject({ url: '/api/environments/live/report', headers });
      expect(answer.json<EnvironmentReport>().stacks.map(({ repo }) => repo)).toEqual(['platform']);
      const other = await api.app.inject({ url: '/api/environments/dev/report', headers });
      expect(other.statusCode).toBe(404);
    });
  });
});
