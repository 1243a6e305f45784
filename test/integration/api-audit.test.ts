import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../src/domain/audit/record.ts';
import { headText } from '../../src/domain/audit/chain.ts';
import type { AuditPageJson, AuditReportJson, AuditVerificationJson } from '../../src/api/schemas/audit.ts';
import { aToken } from '../support/a-token.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aSigningKey } from '../support/ui-control.ts';

const KEY = aSigningKey();
const ANCHORS = [
  { name: 'local file heads', outside: false },
  { name: 's3 audit', outside: true },
];
let api: ApiFixture;

beforeEach(async () => {
  const auditAnchors = async () => {
    const heads = (await api.store.audit.heads()).map((head) => ({ ...head, anchor: 'heads' }));
    return ANCHORS.map((anchor) => ({ ...anchor, heads, error: null }));
  };
  api = await apiFixture({ deps: { signingKey: KEY, auditAnchors } });
});

afterEach(() => api.close());

const entry = (changes: Partial<AuditEntry>): AuditEntry => ({
  at: '2026-01-01T12:00:00.000Z',
  actor: 'plumbline',
  action: 'task.started',
  repo: 'my-infra',
  stackKey: 'envs/prod',
  environment: 'production',
  taskId: 't1',
  commit: 'abc1234',
  digest: 'v1:sha256:aa',
  result: 'ok',
  reason: '',
  source: 'schedule',
  details: {},
  ...changes,
});
const append = (changes: Partial<AuditEntry>) => api.store.audit.append(entry(changes));
const json = async <T>(url: string): Promise<T> => {
  const answer = await api.app.inject(url);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<T>();
};

describe('anchors that fail', () => {
  it('are named by health and as a metric, and stop nothing', async () => {
    const trouble = {
      name: 's3 audit',
      state: 'failing' as const,
      since: '2026-03-01T09:00:00.000Z',
      code: 'audit_anchor_failed',
    };
    const troubles = [trouble];
    const other = await apiFixture({ deps: { signingKey: KEY, anchorTroubles: async () => troubles } });
    const health = await other.app.inject('/api/health');
    expect([health.statusCode, health.json()]).toEqual([
      200,
      expect.objectContaining({ status: 'degraded', audit_anchors: [trouble] }),
    ]);
    const line = 'plumbline_audit_anchor_troubles{anchor="s3 audit",state="failing"} 1';
    expect((await other.app.inject('/metrics')).body).toContain(line);
    troubles.pop();
    expect((await other.app.inject('/api/health')).json()).toMatchObject({ status: 'ok', audit_anchors: [] });
    expect((await other.app.inject('/metrics')).body).not.toContain(line);
    await other.close();
  });
});

describe('GET /api/audit', () => {
  it('pages from the newest on, and filters', async () => {
    for (const actor of ['alice', 'bob', 'alice']) await append({ actor });
    const first = await json<AuditPageJson>('/api/audit?limit=2');
    expect(first.records.map(({ seq }) => seq)).toEqual([3, 2]);
    const rest = await json<AuditPageJson>(`/api/audit?limit=2&before=${first.next}`);
    expect([rest.records.map(({ seq }) => seq), rest.next]).toEqual([[1], null]);
    const bob = await json<AuditPageJson>('/api/audit?actor=bob&action=task.started&stack=envs/prod');
    expect(bob.records).toHaveLength(1);
    expect(await json('/api/audit?from=2027-01-01T00:00:00Z')).toEqual({ records: [], next: null });
  });

  it.each([
    ['json', /^\{"records":\[/],
    ['ndjson', /^\{/],
    ['csv', /^seq,at,actor,action/],
  ])('exports %s', async (format, start) => {
    await append({ reason: 'a, "quoted" reason' });
    const answer = await api.app.inject(`/api/audit/export?format=${format}`);
    expect(answer.headers['content-disposition']).toContain(`audit.${format}`);
    expect(answer.body).toMatch(start);
    expect(answer.body).toContain('quoted');
  });
});

describe('GET /api/audit/verify', () => {
  it('finds a whole chain whole, up to where it is signed and anchored, and writes the look down', async () => {
    const { seq, hash, at } = await append({});
    const signature = KEY.sign(headText({ seq, hash, at }));
    await api.store.audit.addHead({ seq, hash, at, signature, keyId: 'key', anchor: 's3 audit' });
    const found = await json<AuditVerificationJson>('/api/audit/verify');
    expect(found).toMatchObject({ ok: true, records: 1, signed_to: 1, anchored_to: 1, anchor: 's3 audit' });
    const said = { readable: true, confirmed_to: 1, error: null };
    expect(found.anchors).toEqual([
      { ...ANCHORS[0], ...said, written_to: null },
      { ...ANCHORS[1], ...said, written_to: 1 },
    ]);
    expect((await api.store.audit.last())?.action).toBe('audit.verified');
  });

  it('says where a head that was signed does not fit', async () => {
    const { seq, at } = await append({});
    const hash = '0'.repeat(64);
    const signature = KEY.sign(headText({ seq, hash, at }));
    await api.store.audit.addHead({ seq, hash, at, signature, keyId: 'key', anchor: '' });
    const found = await json<AuditVerificationJson>('/api/audit/verify');
    expect(found.ok).toBe(false);
    expect(found.faults[0]).toMatchObject({ seq: 1, code: 'edited' });
  });
});

describe('GET /api/audit/report', () => {
  it('maps controls to evidence and lists what an auditor asks about', async () => {
    const authors = ['Alice@example.com'];
    await append({ action: 'plan.presented', details: { authors } });
    await append({ action: 'decision.approved', actor: 'alice@example.com' });
    await append({ action: 'apply.started', details: { rule: 'policy' } });
    await append({
      action: 'apply.started',
      actor: 'root',
      details: { rule: 'break_glass', emergency_reason: 'fire' },
    });
    await append({ action: 'apply.ended', result: 'unknown' });
    await append({ action: 'decision.approved', actor: 'bob@example.com', digest: 'v1:sha256:bb' });
    await append({ action: 'apply.started', digest: 'v1:sha256:bb', details: { rule: 'approval' } });
    const report = await json<AuditReportJson>('/api/audit/report?compliance=sox,pci');
    expect(report.compliance).toEqual(['sox', 'pci']);
    expect(report.exceptions.map(({ kind, seq }) => [kind, seq])).toEqual([
      ['self_approval', 2],
      ['unreviewed_apply', 3],
      ['emergency_change', 4],
      ['unknown_result', 5],
    ]);
    expect(report.exceptions[2]!.message).toBe('Emergency change by root: fire');
    const controls = report.frameworks.flatMap((framework) => framework.controls);
    expect(controls.find(({ id }) => id === 'ITGC-CM-4')).toMatchObject({
      status: 'exceptions',
      exceptions: [4],
    });
    expect(controls.find(({ id }) => id === '10.3.4')).toMatchObject({ status: 'met', evidence_count: 7 });
    expect(controls.find(({ id }) => id === 'ITGC-AC-1')).toMatchObject({ status: 'no_evidence' });
    expect(report.summary).toMatchObject({ approvals: 2, applies: 3, exceptions: 4 });
  });

  it('asks for an approval of each attempt, of a rollback as of an apply', async () => {
    const approved = { digest: 'v1:sha256:bb', actor: 'bob@example.com' };
    await append({ action: 'decision.approved', ...approved });
    await append({ action: 'apply.started', digest: 'v1:sha256:bb', details: { rule: 'approval' } });
    await append({ action: 'apply.started', digest: 'v1:sha256:bb', details: { rule: 'approval' } });
    // A rollback as it is asked for, and the attempts of its two stacks.
    await append({ action: 'rollback.started', taskId: 't2', digest: null, details: { to_commit: 'abc' } });
    await append({ action: 'rollback.started', taskId: 't2', details: { rule: 'policy' } });
    await append({ action: 'rollback.started', taskId: 't2', details: { rule: 'break_glass' } });
    const report = await json<AuditReportJson>('/api/audit/report');
    expect(report.exceptions.map(({ kind, seq }) => [kind, seq])).toEqual([
      ['unreviewed_apply', 3],
      ['unreviewed_apply', 5],
      ['emergency_change', 6],
    ]);
    expect(report.summary).toMatchObject({ applies: 2, rollbacks: 1 });
  });

  it('counts no approval that another plan, or time, has ended', async () => {
    for (const action of ['plan.presented', 'approval.dismissed', 'approval.expired'] as const) {
      await append({ action: 'decision.approved', actor: 'bob@example.com' });
      await append({ action });
      await append({ action: 'apply.started', details: { rule: 'approval' } });
    }
    const report = await json<AuditReportJson>('/api/audit/report');
    expect(report.exceptions.map(({ kind, seq }) => [kind, seq])).toEqual([
      ['unreviewed_apply', 3],
      ['unreviewed_apply', 6],
      ['unreviewed_apply', 9],
    ]);
  });

  it('is about an environment or a repository where one is named, and about what concerns all', async () => {
    await append({ action: 'apply.started', details: { rule: 'policy' } });
    await append({ action: 'apply.started', environment: 'staging', details: { rule: 'policy' } });
    await append({ action: 'apply.started', repo: 'other', details: { rule: 'policy' } });
    await append({ action: 'config.published', repo: null, environment: null });
    const of = async (query: string) => {
      const { exceptions, summary } = await json<AuditReportJson>(`/api/audit/report?${query}`);
      return [summary.records, exceptions.map(({ seq }) => seq)];
    };
    expect(await of('environment=prod')).toEqual([3, [1, 3]]);
    expect(await of('repo=my-infra')).toEqual([4, [1, 2]]);
  });

  it('refuses a framework that it does not know', async () => {
    const answer = await api.app.inject('/api/audit/report?compliance=hipaa');
    expect(answer.json()).toMatchObject({ status: 400, code: 'invalid_request' });
  });
});

describe('who comes with a token', () => {
  it('is written down once an hour, and a wrong token each time', async () => {
    api.reload({ auth: { mode: 'tokens', oidc: [], tokens: [aToken('bob', 'right')] } });
    const ask = (secret: string) =>
      api.app.inject({ url: '/api/me', headers: { authorization: `Bearer ${secret}` } });
    await ask('right');
    expect((await ask('right')).json()).toMatchObject({ id: 'bob', kind: 'person', via: 'token' });
    await ask('wrong');
    const written = (await api.store.audit.list({ afterSeq: 0, limit: 10 })).map(({ action }) => action);
    expect(written).toEqual(['login', 'access.refused']);
  });
});
