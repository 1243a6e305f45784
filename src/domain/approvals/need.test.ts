import { describe, expect, it } from 'vitest';
import { aChange } from '../../../test/support/a-change.ts';
import { aPlan, aPolicy, FREE, GONE } from '../../../test/support/an-eligibility.ts';
import { approvalNeeded, wouldChange, type JudgedPlan } from './need.ts';
import type { EnvironmentPolicy } from '../eligibility/policy.ts';

describe('approvalNeeded', () => {
  const deletes = { changes: [GONE], severity: 'medium' } as const;

  it.each<[string, EnvironmentPolicy, Partial<JudgedPlan>, string[]]>([
    ['the default', aPolicy(), {}, ['approval_required']],
    ['none required', aPolicy({}, { required: 0 }), { ...deletes, severity: 'critical' }, []],
    ['less than the severity', aPolicy({}, { fromSeverity: 'high' }), { severity: 'medium' }, []],
    [
      'the severity itself',
      aPolicy({}, { fromSeverity: 'high' }),
      { severity: 'high' },
      ['approval_required'],
    ],
    ['outputs alone', aPolicy({}, { fromSeverity: 'medium' }), { severity: null, changes: [] }, []],
    ['a destroy below the severity', aPolicy({}, { fromSeverity: 'high' }), deletes, ['destroys']],
    ['an ignored destroy', aPolicy({}, { fromSeverity: 'high' }), { ignored: [GONE] }, ['destroys']],
    ['a destroy as any other', aPolicy({}, { fromSeverity: 'high', destroys: false }), deletes, []],
    ['destroys alone', aPolicy({}, { required: 0, destroysAlways: true }), deletes, ['destroys']],
    ['destroys alone, without any', aPolicy({}, { required: 0, destroysAlways: true }), {}, []],
    ['a team alone', aPolicy({}, { required: 0, teams: ['security'] }), {}, ['approval_required']],
    ['code owners alone', aPolicy({}, { required: 0, requireCodeOwners: true }), {}, ['approval_required']],
    ['nothing left behind', aPolicy({}, { required: 0 }), { emptied: true }, ['empties_stack']],
  ])('with %s', (_, policy, plan, codes) => {
    const need = approvalNeeded(aPlan(plan), policy);
    expect(need.reasons.map(({ code }) => code)).toEqual(codes);
    expect(need.needed).toBe(codes.length > 0);
    expect(need.required).toBe(Math.max(1, policy.approvals.required));
  });

  it('says who, from when on, and what is lost', () => {
    const policy = aPolicy({}, { required: 2, fromSeverity: 'medium', teams: ['security'] });
    expect(approvalNeeded(aPlan(deletes), policy).reasons.map(({ message }) => message)).toEqual([
      'The policy wants 2 people, team security to agree to changes that are medium or worse; these are medium.',
      'It destroys or replaces app.old, which needs approval.',
    ]);
  });
});

describe('what wants to be confirmed', () => {
  it('asks one person at least, where the policy asks nobody', () => {
    const plan = { severity: 'low' as const, changes: [], emptied: false };
    expect(approvalNeeded({ ...plan, confirm: [] }, FREE).needed).toBe(false);
    expect(approvalNeeded({ ...plan, confirm: ['ConfigMap/a'] }, FREE)).toMatchObject({
      needed: true,
      required: 1,
      reasons: [{ code: 'confirm_delete', message: expect.stringContaining('ConfigMap/a') as string }],
    });
  });
});

describe('wouldChange', () => {
  it('is false for drift that no apply removes, and for mere reads', () => {
    const idle = [aChange({ action: 'none' }), aChange({ action: 'read' })];
    expect(wouldChange({ changes: idle, outputs: [] })).toBe(false);
    expect(wouldChange({ changes: [...idle, aChange({ action: 'forget' })], outputs: [] })).toBe(true);
    const output = { name: 'url', action: 'update', before: 1, after: 2, sensitive: false } as const;
    expect(wouldChange({ changes: idle, outputs: [output] })).toBe(true);
  });
});
