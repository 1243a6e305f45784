import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aChange } from '../../test/support/a-change.ts';
import { APPROVAL_STATUSES } from './approval.ts';
import { ACTIONS, CAUSES, SEVERITIES, type Change } from './change.ts';
import { DEFAULT_POLICY } from './default-policy.ts';
import { approvalNeeded, decideStack, type EligibilityInput, type JudgedPlan } from './eligibility.ts';
import type { Hold } from './hold.ts';
import type { EnvironmentPolicy } from './policy.ts';
import { STACK_STATUSES } from './stack.ts';

const COMMIT = 'a'.repeat(40);
const MANUAL = { manual: true, autoApproveSafe: false, emergency: false, dryRun: false };
const BY_ITSELF = { ...MANUAL, manual: false };
const update = aChange({ address: 'app.web', cause: 'pending' });
const gone = aChange({ address: 'app.old', action: 'delete', cause: 'pending', severity: 'medium' });
const AUTOMATED = { prune: false, selfHeal: true, allowEmpty: false };

function aPolicy(changes: Partial<EnvironmentPolicy> = {}, approvals = {}): EnvironmentPolicy {
  return { ...DEFAULT_POLICY, ...changes, approvals: { ...DEFAULT_POLICY.approvals, ...approvals } };
}

const FREE = aPolicy({ automated: AUTOMATED }, { required: 0 });

function aPlan(changes: Partial<JudgedPlan> = {}): JudgedPlan {
  return {
    status: 'pending',
    changes: [update],
    outputs: [],
    severity: 'low',
    digest: 'v1:sha256:one',
    resources: 10,
    emptied: false,
    ...changes,
  };
}

function aPause(changes: Partial<Hold> = {}): Hold {
  return {
    id: 'h1',
    kind: 'pause',
    scope: 'environment',
    repo: null,
    name: 'production',
    commit: null,
    reason: 'migration',
    by: 'alice@example.com',
    at: '2026-01-01T00:00:00.000Z',
    releasedAt: null,
    releasedBy: null,
    ...changes,
  };
}

function anInput(changes: Partial<EligibilityInput> = {}): EligibilityInput {
  return {
    plan: aPlan(),
    policy: DEFAULT_POLICY,
    mode: 'sync',
    request: MANUAL,
    changedFiles: ['envs/prod/main.tf'],
    approval: null,
    holds: [],
    commit: COMMIT,
    unstable: [],
    mockOutputs: false,
    now: new Date('2026-03-04T12:00:00Z'),
    heal: { oscillating: false, nextAt: null },
    unsignedCommits: 0,
    ...changes,
  };
}

const approved = { status: 'approved', digest: 'v1:sha256:one' } as const;
const closed = { kind: 'deny', schedule: '0 9 * * *', durationMs: 8 * 3_600_000, timeZone: 'UTC' } as const;
const drifted = aPlan({ status: 'drifted', changes: [aChange({ address: 'app.web' })] });

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
    ['a failed plan', { plan: aPlan({ status: 'errored' }) }, 'blocked', null, 'plan_errored'],
    ['an unknown state', { plan: aPlan({ status: 'unknown' }) }, 'blocked', null, 'plan_unknown'],
    ['mock outputs', { mockOutputs: true, approval: approved }, 'blocked', null, 'mock_outputs'],
    ['a plan that moves', { unstable: ['app.web'], approval: approved }, 'blocked', null, 'unstable_plan'],
    ['a pause', { holds: [aPause()], approval: approved }, 'blocked', null, 'paused'],
    [
      'a pause that ended',
      { holds: [aPause({ releasedAt: 'x' })], approval: approved },
      'apply',
      'approval',
      'approved',
    ],
    [
      'a pin to another commit',
      { holds: [aPause({ kind: 'pin', commit: 'b'.repeat(40) })], approval: approved },
      'blocked',
      null,
      'pinned',
    ],
    [
      'a pin to this commit, abbreviated',
      { holds: [aPause({ kind: 'pin', commit: COMMIT.slice(0, 9) })], approval: approved },
      'apply',
      'approval',
      'approved',
    ],
    [
      'a rollback of what a rollback pinned',
      { mode: 'rollback', holds: [aPause({ kind: 'pin', commit: 'b'.repeat(40) })], approval: approved },
      'apply',
      'approval',
      'approved',
    ],
    [
      'a freeze',
      { policy: aPolicy({ freeze: { reason: 'holidays', until: '2026-03-04' } }), approval: approved },
      'blocked',
      null,
      'frozen',
    ],
    [
      'a freeze that is over',
      { policy: aPolicy({ freeze: { reason: 'holidays', until: '2026-03-03' } }), approval: approved },
      'apply',
      'approval',
      'approved',
    ],
    [
      'a closed window',
      { policy: aPolicy({ windows: [{ ...closed, manual: false }] }), approval: approved },
      'blocked',
      null,
      'window_closed',
    ],
    [
      'a closed window that lets people through',
      { policy: aPolicy({ windows: [{ ...closed, manual: true }] }), approval: approved },
      'apply',
      'approval',
      'approved',
    ],
    [
      'commits without signatures',
      { policy: aPolicy({ requireSignedCommits: true }), unsignedCommits: 2, approval: approved },
      'blocked',
      null,
      'unsigned_commits',
    ],
    ['no word of anybody', {}, 'wait', null, 'approval_required'],
    ['an approval of this plan', { approval: approved }, 'apply', 'approval', 'approved'],
    [
      'an approval of another plan',
      { approval: { ...approved, digest: 'v1:sha256:two' } },
      'wait',
      null,
      'other_plan',
    ],
    [
      'an approval that was used up',
      { approval: { ...approved, status: 'used' } },
      'wait',
      null,
      'approval_used',
    ],
    ['an approval that expired', { approval: { ...approved, status: 'expired' } }, 'wait', null, 'expired'],
    [
      'a rejection',
      { approval: { ...approved, status: 'rejected' }, policy: FREE },
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
      { policy: FREE, request: BY_ITSELF, plan: aPlan({ changes: [gone], severity: 'medium' }) },
      'wait',
      null,
      'prune_off',
    ],
    [
      'a deletion where `prune` is off, and a person',
      { policy: FREE, plan: aPlan({ changes: [gone], severity: 'medium' }) },
      'apply',
      'policy',
      'policy_allows',
    ],
    [
      'self-heal',
      { policy: FREE, request: BY_ITSELF, mode: 'reconcile', plan: drifted },
      'apply',
      'policy',
      'policy_allows',
    ],
    [
      'self-heal that is off',
      {
        policy: aPolicy({ automated: { ...AUTOMATED, selfHeal: false } }, { required: 0 }),
        request: BY_ITSELF,
        mode: 'reconcile',
        plan: drifted,
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
        plan: drifted,
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
        plan: drifted,
        heal: { oscillating: true, nextAt: null },
      },
      'apply',
      'policy',
      'oscillating',
    ],
    [
      'a repair that would roll out more',
      { policy: FREE, request: BY_ITSELF, mode: 'reconcile', plan: aPlan({ status: 'drifted_and_pending' }) },
      'wait',
      null,
      'pending_with_drift',
    ],
    [
      'an emergency in a freeze, outside of the window, and after a rejection',
      {
        request: { ...MANUAL, emergency: true },
        approval: { ...approved, status: 'rejected' },
        policy: aPolicy({ freeze: { reason: 'x', until: null }, windows: [{ ...closed, manual: false }] }),
      },
      'apply',
      'break_glass',
      'frozen',
    ],
    [
      'an emergency with mock outputs',
      { request: { ...MANUAL, emergency: true }, mockOutputs: true },
      'blocked',
      null,
      'mock_outputs',
    ],
    [
      'safe changes',
      { request: { ...MANUAL, autoApproveSafe: true }, changedFiles: ['docs/a.md', 'x/values-dev.yaml'] },
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
      { request: { ...MANUAL, autoApproveSafe: true }, changedFiles: [] },
      'wait',
      null,
      'not_safe',
    ],
    [
      'an automatic rollback',
      { mode: 'rollback', request: BY_ITSELF, policy: aPolicy({ autoRollback: true }, { required: 0 }) },
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
    ['a dry run', { approval: approved, request: { ...MANUAL, dryRun: true } }, 'nothing', null, 'dry_run'],
    [
      'a plan that leaves nothing, where the policy forbids it',
      { policy: FREE, plan: aPlan({ emptied: true }), approval: approved },
      'blocked',
      null,
      'would_empty',
    ],
    [
      'a plan that leaves nothing, where only people sync',
      { policy: aPolicy({}, { required: 0 }), plan: aPlan({ emptied: true }) },
      'wait',
      null,
      'empties_stack',
    ],
  ])('says of %s what becomes of it', (_, changes, kind, rule, code) => {
    const verdict = decideStack(anInput(changes));
    expect({ kind: verdict.kind, rule: verdict.rule }).toEqual({ kind, rule });
    expect(verdict.reasons.map((reason) => reason.code)).toContain(code);
  });

  it.each([
    [{ count: 1, percent: null }, 10, 1, true],
    [{ count: 1, percent: null }, 10, 2, false],
    [{ count: 0, percent: null }, 10, 1, false],
    [{ count: null, percent: 20 }, 10, 2, true],
    [{ count: null, percent: 20 }, 10, 3, false],
    [{ count: null, percent: 20 }, 9, 2, false],
    [{ count: null, percent: 20 }, null, 1, false],
    [{ count: null, percent: 20 }, null, 0, true],
  ])('with the cap %o of %s resources lets %i go: %s', (maxDestroys, resources, lost, passes) => {
    const changes = [update, ...Array.from({ length: lost }, () => gone)];
    const plan = aPlan({ changes, resources });
    const verdict = decideStack(anInput({ plan, policy: aPolicy({ maxDestroys }), approval: approved }));
    expect(verdict.kind).toBe(passes ? 'apply' : 'blocked');
  });

  it('counts what an ignored change destroys', () => {
    const plan = aPlan({ ignored: [gone] });
    const policy = aPolicy({ maxDestroys: { count: 0, percent: null } });
    expect(decideStack(anInput({ plan, policy, approval: approved })).kind).toBe('blocked');
  });

  it('names the addresses that move, and who paused what and why', () => {
    const { reasons } = decideStack(anInput({ unstable: ['app.web'], holds: [aPause()] }));
    expect(reasons.map(({ message }) => message)).toEqual([
      'Two plans in a row differ, so that nobody can agree with one: app.web.',
      'The environment production was paused by alice@example.com on 2026-01-01T00:00:00.000Z: migration. It must be resumed first.',
    ]);
  });
});

describe('approvalNeeded', () => {
  it.each<[string, EnvironmentPolicy, Partial<JudgedPlan>, boolean]>([
    ['the default', DEFAULT_POLICY, {}, true],
    ['none required', aPolicy({}, { required: 0 }), { changes: [gone], severity: 'critical' }, false],
    ['less than the severity', aPolicy({}, { fromSeverity: 'high' }), { severity: 'medium' }, false],
    ['the severity itself', aPolicy({}, { fromSeverity: 'high' }), { severity: 'high' }, true],
    ['outputs alone', aPolicy({}, { fromSeverity: 'medium' }), { severity: null, changes: [] }, false],
    ['a destroy below the severity', aPolicy({}, { fromSeverity: 'high' }), { changes: [gone] }, true],
    [
      'a destroy that needs nobody',
      aPolicy({}, { fromSeverity: 'high', destroys: false }),
      { changes: [gone] },
      false,
    ],
    ['a team alone', aPolicy({}, { required: 0, teams: ['security'] }), {}, true],
  ])('with %s', (_, policy, plan, needed) => {
    const need = approvalNeeded(aPlan(plan), policy);
    expect(need.needed).toBe(needed);
    expect(need.reasons.length > 0).toBe(needed);
    expect(need.required).toBeGreaterThanOrEqual(1);
  });
});

const change: fc.Arbitrary<Change> = fc
  .record({
    action: fc.constantFrom(...ACTIONS),
    cause: fc.constantFrom(...CAUSES),
    severity: fc.constantFrom(...SEVERITIES),
  })
  .map(aChange);

const policy: fc.Arbitrary<EnvironmentPolicy> = fc
  .record({
    automated: fc.option(
      fc.record({ prune: fc.boolean(), selfHeal: fc.boolean(), allowEmpty: fc.boolean() }),
    ),
    required: fc.nat(2),
    fromSeverity: fc.option(fc.constantFrom(...SEVERITIES)),
    destroys: fc.boolean(),
    freeze: fc.option(fc.constant({ reason: 'x', until: null }), { freq: 4 }),
    maxDestroys: fc.record({ count: fc.option(fc.nat(3)), percent: fc.option(fc.nat(100)) }),
    safe: fc.boolean(),
    autoRollback: fc.boolean(),
    requireSignedCommits: fc.boolean(),
  })
  .map(({ required, fromSeverity, destroys, safe, ...rest }) =>
    aPolicy({ ...rest, ...(safe ? {} : { autoApproveSafe: null }) }, { required, fromSeverity, destroys }),
  );

const input: fc.Arbitrary<EligibilityInput> = fc
  .record({
    status: fc.constantFrom(...STACK_STATUSES),
    changes: fc.array(change, { maxLength: 4 }),
    ignored: fc.array(change, { maxLength: 1 }),
    severity: fc.option(fc.constantFrom(...SEVERITIES)),
    resources: fc.option(fc.nat(10)),
    emptied: fc.boolean(),
    policy,
    mode: fc.constantFrom('sync', 'reconcile', 'rollback'),
    request: fc.record({
      manual: fc.boolean(),
      autoApproveSafe: fc.boolean(),
      emergency: fc.boolean(),
      dryRun: fc.boolean(),
    }),
    changedFiles: fc.subarray(['docs/a.md', 'README', 'main.tf']),
    approval: fc.option(
      fc.record({
        status: fc.constantFrom(...APPROVAL_STATUSES),
        digest: fc.constantFrom('v1:sha256:one', 'v1:sha256:two'),
      }),
    ),
    holds: fc.subarray([aPause(), aPause({ kind: 'pin', commit: 'b'.repeat(40) })]),
    unstable: fc.subarray(['app.web']),
    mockOutputs: fc.boolean(),
    heal: fc.record({
      oscillating: fc.boolean(),
      nextAt: fc.constantFrom(null, '2026-03-04T12:01:00.000Z'),
    }),
    unsignedCommits: fc.nat(1),
  })
  .map(({ status, changes, ignored, severity, resources, emptied, ...rest }) =>
    anInput({ ...rest, plan: aPlan({ status, changes, ignored, severity, resources, emptied }) }),
  );

describe('decideStack, whatever it is given', () => {
  it('applies only what was approved by its digest, what a rule lets through, or in an emergency', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { kind, rule, reasons } = decideStack(given);
        expect(reasons.length).toBeGreaterThan(0);
        expect(rule !== null).toBe(kind === 'apply');
        if (kind !== 'apply') return;
        expect(given.request.dryRun).toBe(false);
        expect(['errored', 'unknown', 'in_sync']).not.toContain(given.plan.status);
        expect(given.mockOutputs).toBe(false);
        expect(given.unstable).toEqual([]);
        expect(given.holds.filter((hold) => hold.kind === 'pause')).toEqual([]);
        if (rule === 'break_glass') expect(given.request.emergency).toBe(true);
        else expect(given.policy.freeze).toBeNull();
        if (rule === 'approval') expect(given.approval).toEqual(approved);
        if (rule === 'policy') expect(approvalNeeded(given.plan, given.policy).needed).toBe(false);
        if (rule === 'policy' || rule === 'auto_approve_safe') {
          const own = given.approval?.digest === given.plan.digest ? given.approval.status : null;
          expect(own).not.toBe('rejected');
        }
        if (rule === 'auto_approve_safe') {
          expect(given.changedFiles.length).toBeGreaterThan(0);
          expect(given.changedFiles).not.toContain('main.tf');
          expect(given.plan.changes.every((each) => each.severity === 'low')).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('applies without a person only where the policy lets it', () => {
    fc.assert(
      fc.property(input, (given) => {
        const nobody = { ...given, approval: null, request: BY_ITSELF };
        const { kind } = decideStack(nobody);
        if (kind !== 'apply') return;
        const { automated, autoRollback } = given.policy;
        expect(automated !== null || (given.mode === 'rollback' && autoRollback)).toBe(true);
        if (given.mode === 'reconcile') expect(automated?.selfHeal).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
