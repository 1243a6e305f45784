import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Approval } from '../../src/domain/approvals/approval.ts';
import { decisionText } from '../../src/domain/approvals/decision-text.ts';
import type { DecidedJson, SignalJson } from '../../src/api/schemas/approval.ts';
import { PlumblineError } from '../../src/util/errors.ts';
import { aToken } from '../support/a-token.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aStack, storePlan, storeTask } from '../support/api-data.ts';
import { aSigningKey, presentPlan, takeDecisions } from '../support/ui-control.ts';

const KEY = aSigningKey();
const NOBODY_ELSE = {
  requirement: { required: 2, teams: [], codeOwners: [], requireLastPushApproval: false },
};
const people = ['alice', 'bob', 'carol'].map((name) => aToken(`${name}@example.com`, `${name}-secret`));

let api: ApiFixture;
let approval: Approval;

beforeEach(async () => {
  api = await apiFixture({
    auth: {
      mode: 'tokens',
      oidc: [],
      tokens: [
        ...people,
        aToken('ci', 'ci-secret', { kind: 'machine' }),
        aToken('viewer', 'viewer-secret', { grants: [{ role: 'viewer', repos: [], environments: [] }] }),
        aToken('staging', 'staging-secret', {
          grants: [{ role: 'approver', repos: [], environments: ['staging'] }],
        }),
      ],
    },
    deps: { signingKey: KEY },
  });
  const { jobs } = await storeTask(api.store, 'my-infra', [aStack('envs/prod')]);
  await storePlan(api.store, jobs[0]!);
  approval = await presentPlan(api.store, 'my-infra', 'envs/prod', NOBODY_ELSE);
  api.temporal.decide = takeDecisions(api.store);
});

afterEach(() => api.close());

const as = (who: string) => ({ authorization: `Bearer ${who}-secret` });
const get = (who: string, url: string) => api.app.inject({ url, headers: as(who) });
const post = (who: string, verb: string, body: object = {}) =>
  api.app.inject({
    method: 'POST',
    url: `/api/approvals/my-infra/envs/prod/${verb}`,
    headers: as(who),
    payload: { digest: approval.digest, ...body },
  });
const actions = async () =>
  (await api.store.audit.list({ afterSeq: 0, limit: 100 })).map(({ action }) => action);

describe('an approval that people were reminded of', () => {
  it('says how often, and who else was asked', async () => {
    const none = { times: 0, last_at: null, escalated_at: null, escalated_to: [] };
    const url = '/api/approvals/my-infra/envs/prod';
    expect((await get('bob', url)).json()).toMatchObject({ reminders: none });
    const at = '2026-03-02T10:00:00.000Z';
    const reminders = { times: 2, lastAt: at, escalatedAt: at, escalatedTo: ['@leads'] };
    await api.store.approvals.remind(approval.id, () => ({ reminders }));
    const shown = { times: 2, last_at: at, escalated_at: at, escalated_to: ['@leads'] };
    expect((await get('bob', url)).json()).toMatchObject({ reminders: shown });
    expect((await get('bob', '/api/approvals')).json()).toMatchObject({ approvals: [{ reminders: shown }] });
  });
});

describe('decisions over the API', () => {
  it('are two different people’s, and the approval says what is missing in between', async () => {
    const first = await post('bob', 'approve', { reason: 'looks right', via: 'ui' });
    expect(first.statusCode, first.body).toBe(200);
    expect(first.json<DecidedJson>()).toMatchObject({
      approval: { status: 'waiting', approved_by: ['bob@example.com'], missing: ['one more approval'] },
      message: 'Approved; still missing: one more approval',
    });
    const second = await post('carol', 'approve');
    expect(second.json<DecidedJson>().approval.status).toBe('approved');
    const stored = await api.store.approvals.decisions(approval.id);
    expect(stored.map(({ by, via }) => [by, via])).toEqual([
      ['bob@example.com', 'ui'],
      ['carol@example.com', 'api'],
    ]);
  });

  it('are signed over the person, the approval and the digest', async () => {
    await post('bob', 'approve');
    const [decision] = await api.store.approvals.decisions(approval.id);
    expect(KEY.verify(decisionText(decision!), decision!.signature!)).toBe(true);
    expect(KEY.verify(decisionText({ ...decision!, by: 'mallory@example.com' }), decision!.signature!)).toBe(
      false,
    );
  });

  it.each([
    ['the author', 'alice', 'approve', {}, 403, 'own_change'],
    ['a machine', 'ci', 'approve', {}, 403, 'not_allowed'],
    ['a viewer', 'viewer', 'approve', {}, 403, 'not_allowed'],
    ['an approver of another environment', 'staging', 'approve', {}, 404, 'approval_not_found'],
    ['who looked at another plan', 'bob', 'approve', { digest: 'v1:sha256:old' }, 409, 'stale_digest'],
    ['who rejects without a reason', 'bob', 'reject', {}, 400, 'reason_needed'],
    ['who has nothing to take back', 'bob', 'withdraw', {}, 409, 'nothing_to_withdraw'],
  ])('refuse %s, and write it down', async (_title, who, verb, body, status, code) => {
    const answer = await post(who, verb, body);
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([status, code]);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    const written = ['not_allowed', 'approval_not_found'].includes(code)
      ? 'access.refused'
      : 'decision.refused';
    expect(await actions()).toContain(written);
    expect(await api.store.approvals.decisions(approval.id)).toEqual([]);
  });

  it('refuse the same person twice, and an approval after a rejection until it is withdrawn', async () => {
    await post('bob', 'approve');
    expect((await post('bob', 'approve')).json()).toMatchObject({ code: 'already_decided' });
    await post('carol', 'reject', { reason: 'too large' });
    expect((await post('carol', 'approve')).json()).toMatchObject({ code: 'already_decided' });
    await post('carol', 'withdraw');
    expect((await post('carol', 'approve')).json<DecidedJson>().approval.status).toBe('approved');
  });

  it('pass on what the approval itself refuses', async () => {
    api.temporal.decide = async () => {
      throw new PlumblineError('decision_refused', 'It has expired meanwhile', {
        details: { code: 'expired' },
      });
    };
    const answer = await post('bob', 'approve');
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([409, 'expired']);
    expect(await actions()).toContain('decision.refused');
  });

  it('are signed for the temporal CLI without being decided', async () => {
    const signal = (await post('bob', 'signal', { kind: 'reject', reason: 'it’s wrong' })).json<SignalJson>();
    expect(signal).toMatchObject({
      workflow_id: 'approval/my-infra/envs/prod',
      signal: 'reject',
      input: { by: 'bob@example.com', digest: approval.digest },
    });
    const { id: approvalId, repo, stackKey } = approval;
    const text = decisionText({ ...signal.input, kind: 'reject', approvalId, repo, stackKey });
    expect(KEY.verify(text, signal.input.signature)).toBe(true);
    expect(signal.command).toContain("--workflow-id 'approval/my-infra/envs/prod' --name reject --input '{");
    expect(await api.store.approvals.decisions(approval.id)).toEqual([]);
  });

  it('say that there is nobody to ask about', async () => {
    const answer = await api.app.inject({
      method: 'POST',
      url: '/api/approvals/my-infra/envs/dev/approve',
      headers: as('bob'),
      payload: { digest: 'x' },
    });
    expect(answer.json()).toMatchObject({ status: 404, code: 'approval_not_found' });
  });
});

describe('lists of approvals', () => {
  it('say to each what they may do', async () => {
    const you = async (who: string) =>
      (await get(who, '/api/approvals?environment=prod')).json<{ approvals: DecidedJson['approval'][] }>()
        .approvals[0]!.you;
    expect(await you('bob')).toEqual({
      may_approve: true,
      may_reject: true,
      may_take_back: false,
      why: null,
    });
    const ended = { status: 'awaiting_approval', error: null } as const;
    await api.store.tasks.finish(approval.taskId, ended, new Date().toISOString());
    expect(await you('bob')).toMatchObject({ may_take_back: true });
    expect(await you('alice')).toMatchObject({
      may_approve: false,
      why: expect.stringContaining('wrote commits'),
    });
    expect(await you('viewer')).toMatchObject({ may_approve: false, may_reject: false });
  });

  it('leave out other environments, repos and statuses', async () => {
    const count = async (query: string) =>
      (await get('bob', `/api/approvals?${query}`)).json<{ approvals: unknown[] }>().approvals.length;
    expect(await count('repo=my-infra&status=waiting')).toBe(1);
    expect(await count('status=rejected')).toBe(0);
    expect(await count('environment=staging')).toBe(0);
    expect((await get('staging', '/api/approvals')).json()).toEqual({ approvals: [] });
  });
});

describe('a server without a signing key', () => {
  it('takes no decisions, and says why', async () => {
    const bare = await apiFixture();
    const { jobs } = await storeTask(bare.store, 'my-infra', [aStack('envs/prod')]);
    await storePlan(bare.store, jobs[0]!);
    const { digest } = await presentPlan(bare.store, 'my-infra', 'envs/prod', NOBODY_ELSE);
    const url = '/api/approvals/my-infra/envs/prod/approve';
    const answer = await bare.app.inject({ method: 'POST', url, payload: { digest } });
    expect(answer.json()).toMatchObject({ status: 503, code: 'signing_key_missing' });
    await bare.close();
  });
});
