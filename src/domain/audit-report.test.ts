import { describe, expect, it } from 'vitest';
import { auditHash, FIRST_PREVIOUS } from './audit-chain.ts';
import { auditReport, type AuditReportOptions } from './audit-report.ts';
import type { AuditRecord } from './audit.ts';

const CHAIN = { ok: true, checked: 20, anchoredTo: 10, problems: [] };
const OPTIONS: AuditReportOptions = {
  compliance: ['sox', 'soc2', 'pci'],
  from: null,
  to: null,
  generatedAt: '2026-03-02T00:00:00.000Z',
  chain: CHAIN,
};

function records(...entries: Partial<AuditRecord>[]): AuditRecord[] {
  return entries.map((entry, index) => {
    const record: Omit<AuditRecord, 'hash'> = {
      seq: index + 1,
      at: new Date(Date.UTC(2026, 2, 1, index)).toISOString(),
      actor: 'bob@example.com',
      action: 'login',
      repo: 'my-infra',
      stackKey: 'envs/prod',
      environment: 'production',
      taskId: null,
      commit: 'c0ffee',
      digest: 'd1',
      result: 'ok',
      reason: '',
      source: 'api',
      details: {},
      previous: FIRST_PREVIOUS,
      ...entry,
    };
    return { ...record, hash: auditHash(record) };
  });
}

const exceptionsOf = async (...entries: Partial<AuditRecord>[]) =>
  (await auditReport(records(...entries), OPTIONS)).exceptions.map(({ kind, seq }) => `${kind} ${seq}`);

describe('auditReport', () => {
  it('maps every control to the records that show it', async () => {
    const report = await auditReport(
      records(
        { action: 'task.started' },
        { action: 'plan.presented', details: { authors: ['alice@example.com'] } },
        { action: 'decision.approved' },
        { action: 'apply.started', details: { rule: 'approval' } },
        { action: 'apply.ended' },
        { action: 'login' },
      ),
      OPTIONS,
    );
    const of = (id: string) => report.controls.find(({ control }) => control === id);
    expect(of('CC8.1')).toMatchObject({
      framework: 'soc2',
      evidence: [2, 3, 4, 5],
      count: 4,
      status: 'evidenced',
    });
    expect(of('6.5.1')).toMatchObject({ framework: 'pci', evidence: [2, 3, 4, 5] });
    expect(of('ITGC segregation of duties')).toMatchObject({
      framework: 'sox',
      evidence: [3],
      status: 'evidenced',
    });
    expect(of('10.2.1.4')).toMatchObject({ evidence: [], count: 0, status: 'no_evidence' });
    expect(of('10.3.2')).toMatchObject({ evidence: [], status: 'evidenced' });
    expect(report).toMatchObject({
      records: 6,
      exceptions: [],
      chain: { ok: true, checked: 20, anchored_to: 10, problems: [] },
    });
    for (const framework of OPTIONS.compliance)
      expect(report.controls.filter((one) => one.framework === framework).length).toBeGreaterThan(3);
  });

  it('lists applies that no person agreed to, and emergencies', async () => {
    expect(
      await exceptionsOf(
        { action: 'apply.started', details: { rule: 'approval' } },
        { action: 'apply.started', details: { rule: 'policy' } },
        { action: 'apply.started', details: { rule: 'auto_approve_safe' } },
        { action: 'apply.started', details: { rule: 'break_glass', emergency_reason: 'outage' } },
        { action: 'apply.started' },
        { action: 'rollback.started', details: { rule: 'break_glass' } },
      ),
    ).toEqual([
      'unreviewed_apply 2',
      'unreviewed_apply 3',
      'emergency_change 4',
      'unreviewed_apply 5',
      'emergency_change 6',
    ]);
  });

  it('lists approvals of people who had their hands in the change', async () => {
    const presented: Partial<AuditRecord> = {
      action: 'plan.presented',
      actor: 'plumbline',
      details: { authors: ['Alice@example.com'], pusher: 'carol', started_by: 'dave' },
    };
    const approved = (overrides: Partial<AuditRecord>) =>
      ({ action: 'decision.approved', ...overrides }) as const;
    expect(
      await exceptionsOf(
        presented,
        approved({}),
        approved({ actor: 'alice@example.com' }),
        approved({ actor: 'carol' }),
        approved({ actor: 'dave' }),
        approved({ actor: 'erin', details: { aliases: ['carol'] } }),
        approved({ actor: 'alice@example.com', digest: 'another' }),
        { action: 'decision.rejected', actor: 'alice@example.com' },
      ),
    ).toEqual([3, 4, 5, 6].map((seq) => `self_approval ${seq}`));
  });

  it('lists refusals, and among them tries to approve one’s own change', async () => {
    expect(
      await exceptionsOf(
        { action: 'access.refused', result: 'refused' },
        { action: 'decision.refused', result: 'refused', details: { code: 'own_change' } },
        { action: 'decision.refused', result: 'refused', details: { code: 'expired' } },
        { action: 'apply.refused', result: 'refused' },
      ),
    ).toEqual([
      'refused_access 1',
      'self_approval 2',
      'refused_access 2',
      'refused_access 3',
      'refused_access 4',
    ]);
  });

  it('counts what happened in the time asked for, and knows plans of before', async () => {
    const all = records(
      { action: 'plan.presented', details: { authors: ['alice@example.com'] } },
      { action: 'decision.approved', actor: 'alice@example.com' },
      { action: 'apply.started', details: { rule: 'policy' } },
    );
    const report = await auditReport(all, { ...OPTIONS, from: all[1]!.at, to: all[2]!.at });
    expect(report.records).toBe(1);
    expect(report.exceptions.map(({ kind }) => kind)).toEqual(['self_approval']);
  });

  it('relies on nothing when the chain is broken, and tells controls with exceptions', async () => {
    const applied = records({ action: 'apply.started', details: { rule: 'break_glass' } });
    const excepted = await auditReport(applied, { ...OPTIONS, compliance: ['soc2'] });
    expect(excepted.controls.find(({ control }) => control === 'CC8.1')?.status).toBe('exceptions');
    expect(new Set(excepted.controls.map(({ framework }) => framework))).toEqual(new Set(['soc2']));
    const chain = { ...CHAIN, ok: false, problems: [{ seq: 1, kind: 'edited', message: 'x' } as const] };
    const broken = await auditReport(applied, { ...OPTIONS, chain });
    expect(new Set(broken.controls.map(({ status }) => status))).toEqual(new Set(['chain_broken']));
    expect(broken.chain.problems).toEqual([{ seq: 1, kind: 'edited', message: 'x' }]);
  });
});
