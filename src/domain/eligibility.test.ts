import { describe, expect, it } from 'vitest';
import { aChange } from '../../test/support/a-change.ts';
import {
  anEligibility,
  aPlan,
  aPolicy,
  APPROVED,
  BY_ITSELF,
  BY_PERSON,
  DRIFTED,
  FREE,
  GONE,
} from '../../test/support/an-eligibility.ts';
import { decideStack, type EligibilityInput } from './eligibility.ts';

const closed = { kind: 'deny', schedule: '0 9 * * *', durationMs: 8 * 3_600_000, timeZone: 'UTC' } as const;

describe('decideStack', () => {
  it.each<[string, Partial<EligibilityInput>, string, string | null, string]>([
    ['in sync', { plan: aPlan({ status: 'in_sync', changes: [] }) }, 'nothing', null, 'in_sync'],
    [
      'drift that no apply removes',
      { plan: aPlan({ status: 'drifted', changes: [aChange({ action: 'none' })] }) },
      'nothing',
      null,
      'no_effect',
    ],
    ['a repair without drift', { mode: 'reconcile', policy: FREE }, 'nothing', null, 'only_pending'],
    ['no word of anybody', {}, 'wait', null, 'approval_required'],
    ['an approval of this plan', { approval: APPROVED }, 'apply', 'approval', 'approved'],
    [
      'an approval of another plan',
      { approval: { ...APPROVED, digest: 'v1:sha256:two' } },
      'wait',
      null,
      'other_plan',
    ],
    [
      'an approval that was used up',
      { approval: { ...APPROVED, status: 'used' } },
      'wait',
      null,
      'approval_used',
    ],
    ['an approval that expired', { approval: { ...APPROVED, status: 'expired' } }, 'wait', null, 'expired'],
    [
      'a rejection',
      { approval: { ...APPROVED, status: 'rejected' }, policy: FREE },
      'blocked',
      null,
      'rejected',
    ],
    [
      'no approvals wanted, and a person',
      { policy: aPolicy({}, { required: 0 }) },
      'apply',
      'policy',
      'policy_allows',
    ],
    [
      'no approvals wanted, and no person',
      { policy: aPolicy({}, { required: 0 }), request: BY_ITSELF },
      'wait',
      null,
      'not_automated',
    ],
    [
      'an environment that syncs by itself',
      { policy: FREE, request: BY_ITSELF },
      'apply',
      'policy',
      'policy_allows',
    ],
    [
      'a deletion where `prune` is off',
      { policy: FREE, request: BY_ITSELF, plan: aPlan({ changes: [GONE], severity: 'medium' }) },
      'wait',
      null,
      'prune_off',
    ],
    [
      'a deletion where `prune` is off, and a person',
      { policy: FREE, plan: aPlan({ changes: [GONE], severity: 'medium' }) },
      'apply',
      'policy',
      'policy_allows',
    ],
    [
      'self-heal',
      { policy: FREE, request: BY_ITSELF, mode: 'reconcile', plan: DRIFTED },
      'apply',
      'policy',
      'policy_allows',
    ],
    [
      'self-heal that is off',
      {
        policy: aPolicy({ automated: { prune: false, selfHeal: false, allowEmpty: false } }, { required: 0 }),
        request: BY_ITSELF,
        mode: 'reconcile',
        plan: DRIFTED,
      },
      'wait',
      null,
      'self_heal_off',
    ],
    [
      'self-heal that backs off',
      {
        policy: FREE,
        request: BY_ITSELF,
        mode: 'reconcile',
        plan: DRIFTED,
        heal: { oscillating: true, nextAt: '2026-03-04T12:00:18.000Z' },
      },
      'blocked',
      null,
      'heal_backoff',
    ],
    [
      'self-heal of an oscillating stack',
      {
        policy: FREE,
        request: BY_ITSELF,
        mode: 'reconcile',
        plan: DRIFTED,
        heal: { oscillating: true, nextAt: null },
      },
      'apply',
      'policy',
      'oscillating',
    ],
    [
      'a repair that would roll out more',
      { policy: FREE, request: BY_ITSELF, mode: 'reconcile', plan: aPlan({ status: 'drifted_and_pending' }) },
      'blocked',
      null,
      'pending_with_drift',
    ],
    [
      'an emergency in a freeze, outside of the window, and after a rejection',
      {
        request: { ...BY_PERSON, emergency: true },
        approval: { ...APPROVED, status: 'rejected' },
        policy: aPolicy({ freeze: { reason: 'x', until: null }, windows: [{ ...closed, manual: false }] }),
      },
      'apply',
      'break_glass',
      'frozen',
    ],
    [
      'an emergency with mock outputs',
      { request: { ...BY_PERSON, emergency: true }, mockOutputs: true },
      'blocked',
      null,
      'mock_outputs',
    ],
    [
      'safe changes',
      { request: { ...BY_PERSON, autoApproveSafe: true }, changedFiles: ['docs/a.md', 'x/values-dev.yaml'] },
      'apply',
      'auto_approve_safe',
      'safe_changes',
    ],
    [
      'safe changes that nobody asked about',
      { changedFiles: ['docs/a.md'] },
      'wait',
      null,
      'approval_required',
    ],
    [
      'no changed files',
      { request: { ...BY_PERSON, autoApproveSafe: true }, changedFiles: [] },
      'wait',
      null,
      'not_safe',
    ],
    [
      'safe changes in a repair, which is not about changed files',
      {
        mode: 'reconcile',
        plan: DRIFTED,
        policy: aPolicy({ automated: { prune: true, selfHeal: false, allowEmpty: false } }, { required: 0 }),
        request: BY_ITSELF,
        changedFiles: ['docs/a.md'],
      },
      'wait',
      null,
      'self_heal_off',
    ],
    [
      'an automatic rollback',
      { mode: 'rollback', request: BY_ITSELF, policy: aPolicy({ autoRollback: true }, { required: 0 }) },
      'apply',
      'policy',
      'policy_allows',
    ],
    [
      'the automatic rollback of critical changes, under any policy',
      { mode: 'rollback', request: BY_ITSELF, policy: FREE, undoes: 'critical' },
      'apply',
      'policy',
      'policy_allows',
    ],
    [
      'a rollback that the policy leaves to people',
      { mode: 'rollback', request: BY_ITSELF, policy: FREE },
      'wait',
      null,
      'no_auto_rollback',
    ],
    [
      'a dry run',
      { approval: APPROVED, request: { ...BY_PERSON, dryRun: true } },
      'nothing',
      null,
      'dry_run',
    ],
    [
      'a plan that leaves nothing, where only people sync',
      { policy: aPolicy({}, { required: 0 }), plan: aPlan({ emptied: true }) },
      'wait',
      null,
      'empties_stack',
    ],
  ])('says of %s what becomes of it', (_, changes, kind, rule, code) => {
    const verdict = decideStack(anEligibility(changes));
    expect({ kind: verdict.kind, rule: verdict.rule }).toEqual({ kind, rule });
    expect(verdict.reasons.map((reason) => reason.code)).toContain(code);
  });
});
