import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isVouched } from '../../src/domain/approvals/starter-voucher.ts';
import { emergencyText } from '../../src/domain/approvals/decision-text.ts';
import type { SyncAcceptedJson } from '../../src/api/schemas/sync.ts';
import { aToken } from '../support/a-token.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aChange, aPlan, aStack, storePlan, storeTask } from '../support/api-data.ts';
import { aRepo } from '../support/api-settings.ts';
import { aSigningKey } from '../support/ui-control.ts';

const KEY = aSigningKey();
const everywhere = { repos: [], environments: [] };
let api: ApiFixture;

beforeEach(async () => {
  api = await apiFixture({
    repos: [aRepo(), aRepo({ name: 'network' })],
    auth: {
      mode: 'tokens',
      oidc: [],
      tokens: [
        aToken('root', 'root-secret'),
        aToken('bob', 'bob-secret', { grants: [{ ...everywhere, role: 'operator' }] }),
        aToken('dev', 'dev-secret', {
          grants: [{ role: 'operator', repos: [], environments: ['development'] }],
        }),
        aToken('ci', 'ci-secret', { kind: 'machine', grants: [{ ...everywhere, role: 'operator' }] }),
        aToken('viewer', 'viewer-secret', { grants: [{ ...everywhere, role: 'viewer' }] }),
      ],
    },
    deps: { signingKey: KEY },
  });
});

afterEach(() => api.close());

const post = (who: string, url: string, payload: object = {}) =>
  api.app.inject({ method: 'POST', url, payload, headers: { authorization: `Bearer ${who}-secret` } });
const get = (url: string) => api.app.inject({ url, headers: { authorization: 'Bearer bob-secret' } });
const records = () => api.store.audit.list({ afterSeq: 0, limit: 100 });

describe('who starts a task over the API', () => {
  it('is vouched for, for this task and no other, where the server has the key of the workers', async () => {
    const key = new Uint8Array(32).fill(3);
    const vouching = await apiFixture({ repos: [aRepo()], deps: { starterKey: key } });
    try {
      for (const _ of [1, 2])
        await vouching.app.inject({ method: 'POST', url: '/api/repos/my-infra/sync', payload: {} });
      const [first, second] = vouching.temporal.requested.map(({ request }) => request);
      const { actor, trigger, voucher } = first!;
      const at = new Date(voucher!.at);
      const claim = { repo: 'my-infra', kind: 'sync', actor, trigger } as const;
      expect(isVouched(key, claim, voucher, at)).toBe(true);
      expect(isVouched(key, { ...claim, actor: 'mallory' }, voucher, at)).toBe(false);
      expect(second!.voucher!.id).not.toBe(voucher!.id);
    } finally {
      await vouching.close();
    }
  });
});

describe('POST /api/repos/{repo}/sync', () => {
  it('answers a task that can be followed at once, and hands the request over', async () => {
    const answer = await post('bob', '/api/repos/my-infra/sync', {
      commit: 'abc1234',
      stacks: ['envs/prod'],
      dry_run: true,
      auto_approve_safe: true,
      reason: 'release',
    });
    expect(answer.statusCode, answer.body).toBe(202);
    const { task, queued, message } = answer.json<SyncAcceptedJson>();
    expect([task.kind, task.actor, queued, message]).toEqual(['sync', 'bob', false, 'Started']);
    expect((await get(`/api/tasks/${task.id}`)).json()).toMatchObject({ id: task.id, status: 'queued' });
    expect(api.temporal.requested).toEqual([
      {
        repo: 'my-infra',
        request: {
          kind: 'sync',
          task_id: task.id,
          trigger: 'api',
          actor: 'bob',
          stacks: ['envs/prod'],
          commit: 'abc1234',
          reason: 'release',
          dry_run: true,
          auto_approve_safe: true,
        },
      },
    ]);
  });

  it('queues behind a running task instead of refusing', async () => {
    await storeTask(api.store, 'my-infra', [aStack('a')]);
    const first = (await post('bob', '/api/repos/my-infra/sync')).json<SyncAcceptedJson>();
    const second = (await post('bob', '/api/repos/my-infra/reconcile')).json<SyncAcceptedJson>();
    expect([first.queued, second.queued]).toEqual([true, true]);
    expect(first.task.id).not.toBe(second.task.id);
  });

  it('names a person by who they are, and takes a machine’s word for whom it asks', async () => {
    const asBob = await post('bob', '/api/repos/my-infra/sync', { actor: 'somebody-else' });
    const asCi = await post('ci', '/api/repos/my-infra/sync', { actor: 'alice@example.com' });
    expect(asBob.json<SyncAcceptedJson>().task.actor).toBe('bob');
    expect(asCi.json<SyncAcceptedJson>().task.actor).toBe('alice@example.com');
  });

  it.each([
    ['viewer', '/api/repos/my-infra/sync', {}],
    ['dev', '/api/repos/my-infra/sync', {}],
    ['dev', '/api/repos/my-infra/sync', { stacks: ['envs/prod'] }, 'stack_not_found'],
    ['dev', '/api/repos/my-infra/sync', { environment: 'prod' }, 'environment_not_found'],
    ['bob', '/api/repos/my-infra/sync', { emergency_reason: 'fire' }],
    ['viewer', '/api/repos/my-infra/scan', {}],
  ])('refuses %s at %s with %j, and writes it down', async (who, url, body, code = 'not_allowed') => {
    const answer = await post(who, url, body);
    const status = code === 'not_allowed' ? 403 : 404;
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([status, code]);
    expect((await records()).at(-1)).toMatchObject({
      action: 'access.refused',
      actor: who,
      result: 'refused',
    });
    expect([...api.temporal.requested, ...api.temporal.started]).toEqual([]);
  });

  it('lets somebody sync the environment that is theirs', async () => {
    expect((await post('dev', '/api/repos/my-infra/sync', { environment: 'dev' })).statusCode).toBe(202);
    expect(api.temporal.requested[0]!.request.environment).toBe('development');
  });

  it.each([
    ['sync', '/api/repos/my-infra/sync', { environment: 'dev', stacks: ['envs/prod'] }],
    ['reconcile', '/api/repos/my-infra/reconcile', { environment: 'dev', stacks: ['envs/dev', 'envs/prod'] }],
    ['rollback', '/api/environments/dev/rollback', { to_commit: 'abc1234', stacks: ['envs/prod'] }],
    [
      'emergency',
      '/api/repos/my-infra/sync',
      { environment: 'dev', stacks: ['envs/prod'], emergency_reason: 'x' },
    ],
  ])('refuses a %s of a stack under the name of another environment', async (_, url, body) => {
    await storeTask(api.store, 'my-infra', [aStack('envs/prod'), aStack('envs/dev')]);
    const answers = { dev: [404, 'stack_not_found'], root: [400, 'stack_outside_environment'] };
    for (const [who, expected] of Object.entries(answers)) {
      const answer = await post(who, url, body);
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual(expected);
    }
    expect(api.temporal.requested).toEqual([]);
  });

  it('takes a stack that nobody has found yet for one of the environment, or else of the whole repo', async () => {
    expect((await post('dev', '/api/repos/my-infra/sync', { stacks: ['envs/dev/new'] })).statusCode).toBe(
      403,
    );
    const answer = await post('dev', '/api/repos/my-infra/sync', {
      environment: 'dev',
      stacks: ['envs/dev/new'],
    });
    expect(answer.statusCode, answer.body).toBe(202);
    // The task keeps to the environment, whatever the stack turns out to be.
    expect(api.temporal.requested[0]!.request).toMatchObject({
      environment: 'development',
      stacks: ['envs/dev/new'],
    });
  });

  it('lets somebody sync a stack of the environment that is theirs', async () => {
    await storeTask(api.store, 'my-infra', [aStack('envs/prod'), aStack('envs/dev')]);
    expect((await post('dev', '/api/repos/my-infra/sync', { stacks: ['envs/dev'] })).statusCode).toBe(202);
    const both = { stacks: ['envs/dev', 'envs/prod'] };
    expect((await post('dev', '/api/repos/my-infra/sync', both)).statusCode).toBe(404);
  });

  it('lets only machines say that a push or a schedule has asked', async () => {
    for (const trigger of ['push', 'schedule', 'retry', 'post-apply'])
      for (const who of ['bob', 'ci']) await post(who, '/api/repos/my-infra/sync', { trigger });
    const triggers = api.temporal.requested.map(({ request }) => request.trigger);
    expect(triggers).toEqual(['api', 'push', 'api', 'schedule', 'api', 'retry', 'post-apply', 'post-apply']);
  });

  it('signs an emergency for the very stacks and environment that were asked for', async () => {
    await storeTask(api.store, 'my-infra', [aStack('envs/prod'), aStack('envs/dev')]);
    const asked = { environment: 'prod', stacks: ['envs/prod'], emergency_reason: 'fire' };
    await post('root', '/api/repos/my-infra/sync', asked);
    const { emergency, task_id: taskId } = api.temporal.requested[0]!.request;
    expect(emergency).toMatchObject({ environment: 'production', stacks: ['envs/prod'] });
    const text = (more: object) =>
      emergencyText({ repo: 'my-infra', taskId: taskId!, ...emergency!, ...more });
    expect(KEY.verify(text({}), emergency!.signature)).toBe(true);
    expect(KEY.verify(text({ stacks: ['envs/dev'] }), emergency!.signature)).toBe(false);
    expect(KEY.verify(text({ environment: 'development' }), emergency!.signature)).toBe(false);
  });

  it('signs an emergency of an admin and records it before anything starts', async () => {
    api.temporal.down = true;
    const answer = await post('root', '/api/repos/my-infra/sync', { emergency_reason: 'the site is down' });
    expect(answer.statusCode).toBe(503);
    expect((await records()).at(-1)).toMatchObject({
      action: 'task.requested',
      actor: 'root',
      reason: 'the site is down',
      details: { emergency: true },
    });
    api.temporal.down = false;
    expect(api.log).toContainEqual(
      expect.objectContaining({
        level: 40,
        msg: 'EMERGENCY: an apply without approvals was ordered',
        repo: 'my-infra',
        by: 'root',
        reason: 'the site is down',
      }),
    );
    await post('root', '/api/repos/my-infra/sync', { emergency_reason: 'the site is down' });
    const { emergency, task_id: taskId } = api.temporal.requested[0]!.request;
    const text = emergencyText({ repo: 'my-infra', taskId: taskId!, ...emergency! });
    expect(KEY.verify(text, emergency!.signature)).toBe(true);
  });

  it.each([
    ['sync', { to_commit: 'abc1234' }],
    ['rollback', {}],
    ['rollback', { to_commit: 'abc1234', to_backup: 'b1' }],
    ['rollback', { to_backup: 'b1' }],
    ['sync', { commit: 'not a commit' }],
  ])('refuses a %s with %j', async (kind, body) => {
    const answer = await post('bob', `/api/repos/my-infra/${kind}`, body);
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'invalid_request']);
  });
});

describe('POST /api/environments/{name}/…', () => {
  it('starts one task for each repo that the environment draws on, by any of its names', async () => {
    await storeTask(api.store, 'my-infra', [aStack('terraform/environments/prod'), aStack('envs/dev')]);
    await storeTask(api.store, 'network', [aStack('terraform/production')]);
    const answer = await post('bob', '/api/environments/prod/sync');
    expect(answer.statusCode, answer.body).toBe(202);
    expect(api.temporal.requested.map(({ repo, request }) => [repo, request.environment])).toEqual([
      ['my-infra', 'production'],
      ['network', 'production'],
    ]);
    await post('bob', '/api/environments/development/rollback', { to_commit: 'abc1234' });
    expect(api.temporal.requested.at(-1)).toMatchObject({
      repo: 'my-infra',
      request: { kind: 'rollback', to_commit: 'abc1234', environment: 'development' },
    });
  });

  it('says what environments there are', async () => {
    await storeTask(api.store, 'my-infra', [aStack('envs/dev')]);
    expect((await post('bob', '/api/environments/moon/sync')).json()).toMatchObject({
      status: 404,
      code: 'environment_not_found',
      detail: 'There is no environment moon; there are: development',
    });
  });
});

describe('what a task would do', () => {
  it('is a remediation plan, the most pressing first, and a verdict for each stack', async () => {
    const { id, jobs } = await storeTask(api.store, 'my-infra', [aStack('envs/prod'), aStack('envs/dev')]);
    const critical = aChange({ severity: 'critical', severityReason: 'it opens a port', action: 'delete' });
    await storePlan(api.store, jobs[0]!, aPlan({ changes: [aChange(), critical] }));
    await storePlan(api.store, jobs[1]!);
    await api.store.verdicts.put(jobs[0]!, {
      kind: 'wait',
      reasons: [{ code: 'approvals', message: '2 approvals are needed' }],
      rule: null,
      blockedBy: [],
    });
    const { steps } = (await get(`/api/tasks/${id}/remediation`)).json<{ steps: object[] }>();
    expect(steps[0]).toMatchObject({
      priority: 'immediate',
      stack: 'envs/prod',
      approval_required: true,
      auto_rollback: true,
    });
    expect(steps).toHaveLength(3);
    expect((await get(`/api/tasks/${id}/verdicts`)).json()).toEqual({
      verdicts: [
        {
          stack: 'envs/prod',
          job_id: jobs[0],
          kind: 'wait',
          rule: null,
          reasons: [{ code: 'approvals', message: '2 approvals are needed' }],
          blocked_by: [],
          unstable: [],
          result: 'wait',
          attempt_id: null,
          outcome: null,
        },
      ],
    });
  });
});
