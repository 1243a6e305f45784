import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aChange } from '../../../test/support/a-change.ts';
import {
  aHold,
  anEligibility,
  aPlan,
  aPolicy,
  APPROVED,
  BY_ITSELF,
} from '../../../test/support/an-eligibility.ts';
import { APPROVAL_STATUSES } from '../approvals/approval.ts';
import { ACTIONS, CAUSES, SEVERITIES } from '../change.ts';
import { approvalNeeded, decideStack, type EligibilityInput } from './eligibility.ts';
import { STACK_STATUSES } from '../stack.ts';
import type { Verdict } from './verdict.ts';

/** Every second one is as harmless as can be, so that the rules for those are tried, too. */
const change = fc.oneof(
  fc.constant(aChange({ cause: 'pending' })),
  fc
    .record({
      action: fc.constantFrom(...ACTIONS),
      cause: fc.constantFrom(...CAUSES),
      severity: fc.constantFrom(...SEVERITIES),
    })
    .map((fields) => aChange(fields)),
);

const policy = fc
  .record({
    automated: fc.option(
      fc.record({ prune: fc.boolean(), selfHeal: fc.boolean(), allowEmpty: fc.boolean() }),
    ),
    required: fc.nat(2),
    fromSeverity: fc.option(fc.constantFrom(...SEVERITIES)),
    destroys: fc.boolean(),
    freeze: fc.option(fc.constant({ reason: 'x', until: null }), { freq: 1 }),
    maxDestroys: fc.record({ count: fc.option(fc.nat(3)), percent: fc.option(fc.nat(100)) }),
    safe: fc.boolean(),
    autoRollback: fc.boolean(),
    requireSignedCommits: fc.boolean(),
  })
  .map(({ required, fromSeverity, destroys, safe, ...rest }) =>
    aPolicy({ ...rest, ...(safe ? {} : { autoApproveSafe: null }) }, { required, fromSeverity, destroys }),
  );

const plan = fc
  .record({
    status: fc.constantFrom(...STACK_STATUSES),
    changes: fc.array(change, { maxLength: 4 }),
    ignored: fc.array(change, { maxLength: 1 }),
    severity: fc.oneof(fc.constant(null), fc.constant('low' as const), fc.constantFrom(...SEVERITIES)),
    resources: fc.option(fc.nat(10)),
    emptied: fc.boolean(),
  })
  .map(aPlan);

const input: fc.Arbitrary<EligibilityInput> = fc
  .record({
    plan,
    policy,
    mode: fc.constantFrom('sync', 'reconcile', 'rollback'),
    request: fc.record({
      manual: fc.boolean(),
      autoApproveSafe: fc.boolean(),
      emergency: fc.boolean(),
      dryRun: fc.boolean(),
    }),
    changedFiles: fc.option(fc.subarray(['docs/a.md', 'README', 'main.tf'])),
    approval: fc.option(
      fc.record({
        status: fc.constantFrom(...APPROVAL_STATUSES),
        digest: fc.constantFrom('v1:sha256:one', 'v1:sha256:two'),
      }),
    ),
    holds: fc.oneof(fc.constant([]), fc.subarray([aHold(), aHold({ kind: 'pin', commit: 'b'.repeat(40) })])),
    unstable: fc.oneof(fc.constant([]), fc.constant(['app.web'])),
    mockOutputs: fc.boolean(),
    heal: fc.record({
      oscillating: fc.boolean(),
      nextAt: fc.constantFrom(null, '2026-03-04T12:01:00.000Z'),
    }),
    unsignedCommits: fc.nat(1),
    undoes: fc.constantFrom(null, 'low', 'critical'),
  })
  .map(anEligibility);

/** What is wrong with applying this. */
function faultsOf(given: EligibilityInput, { rule }: Verdict): string[] {
  const { request, approval, changedFiles } = given;
  const rejected = approval?.status === 'rejected' && approval.digest === given.plan.digest;
  const byRule = rule === 'policy' || rule === 'auto_approve_safe';
  const faults: Record<string, boolean> = {
    'in a dry run': request.dryRun,
    'without a good plan': ['errored', 'unknown', 'in_sync'].includes(given.plan.status),
    'with mock outputs': given.mockOutputs,
    'what moves': given.unstable.length > 0,
    'Git in a repair': given.mode === 'reconcile' && given.plan.status === 'drifted_and_pending',
    'while paused': given.holds.some(({ kind }) => kind === 'pause'),
    'in a freeze': rule !== 'break_glass' && given.policy.freeze !== null,
    'as an emergency that is none': rule === 'break_glass' && !request.emergency,
    'by another approval': rule === 'approval' && JSON.stringify(approval) !== JSON.stringify(APPROVED),
    'past people': rule === 'policy' && approvalNeeded(given.plan, given.policy).needed,
    'what was rejected': byRule && rejected,
    'as safe without files': rule === 'auto_approve_safe' && (changedFiles ?? []).length === 0,
    'as safe with other files': rule === 'auto_approve_safe' && changedFiles?.includes('main.tf') === true,
    'as safe what is severe':
      rule === 'auto_approve_safe' && given.plan.changes.some(({ severity }) => severity !== 'low'),
  };
  return Object.keys(faults).filter((fault) => faults[fault]);
}

describe('decideStack, whatever it is given', () => {
  it('applies only what was approved by its digest, what a rule lets through, or in an emergency', () => {
    fc.assert(
      fc.property(input, (given) => {
        const verdict = decideStack(given);
        expect(verdict.reasons.length).toBeGreaterThan(0);
        expect(verdict.rule !== null).toBe(verdict.kind === 'apply');
        expect(verdict.kind === 'apply' ? faultsOf(given, verdict) : []).toEqual([]);
      }),
      { numRuns: 3000 },
    );
  });

  it('applies without a person only where the policy lets it', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { kind } = decideStack({ ...given, approval: null, request: BY_ITSELF });
        const { automated, autoRollback } = given.policy;
        const allowed = {
          sync: automated !== null,
          reconcile: automated?.selfHeal === true,
          rollback: autoRollback || given.undoes === 'critical',
        }[given.mode];
        expect(kind !== 'apply' || allowed).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('does reach every kind of verdict and every rule', () => {
    const seen = new Set(
      fc
        .sample(input, { numRuns: 5000, seed: 7 })
        .map(decideStack)
        .map(({ kind, rule }) => rule ?? kind),
    );
    expect([...seen].toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      'approval',
      'auto_approve_safe',
      'blocked',
      'break_glass',
      'nothing',
      'policy',
      'wait',
    ]);
  });
});
