import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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
} from '../../../test/support/an-eligibility.ts';
import type { StackPolicy } from '../stack.ts';
import { decideStack, type EligibilityInput } from './eligibility.ts';
import { definitionPermits } from './stack-policy.ts';

const FROM = 'Application argocd/shop (apps/shop.yaml:1)';
const said = (more: Partial<StackPolicy> = {}): StackPolicy => ({ from: FROM, ...more });
const automated = (more: Partial<NonNullable<StackPolicy['automated']>> = {}) =>
  said({ automated: { prune: true, selfHeal: true, allowEmpty: true, ...more } });
const WIDE = aPolicy(
  { automated: { prune: true, selfHeal: true, allowEmpty: true } },
  { required: 0, destroys: false },
);
const deletion = aPlan({ changes: [GONE] });

describe('what the repository says of a stack', () => {
  it.each<[string, Partial<EligibilityInput>, string, string]>([
    ['nothing', { stackPolicy: null }, 'apply', 'policy_allows'],
    ['no automated sync', { stackPolicy: said({ automated: null }) }, 'wait', 'definition_not_automated'],
    [
      'no automated sync, of a task that a person asked for',
      { stackPolicy: said({ automated: null }), request: BY_PERSON },
      'apply',
      'policy_allows',
    ],
    [
      'no automated sync, of a plan that people approved',
      { stackPolicy: said({ automated: null }), approval: APPROVED },
      'apply',
      'approved',
    ],
    ['an automated sync', { stackPolicy: automated() }, 'apply', 'policy_allows'],
    [
      'an automated sync, where the environment has none',
      { stackPolicy: automated(), policy: aPolicy({}, { required: 0 }) },
      'wait',
      'not_automated',
    ],
    [
      'no prune, of a deletion',
      { stackPolicy: automated({ prune: false }), plan: deletion },
      'wait',
      'definition_prune_off',
    ],
    ['prune, of a deletion', { stackPolicy: automated(), plan: deletion }, 'apply', 'policy_allows'],
    [
      'prune, of a deletion that the environment leaves to people',
      { stackPolicy: automated(), plan: deletion, policy: { ...FREE, approvals: WIDE.approvals } },
      'wait',
      'prune_off',
    ],
    ['no prune, of an update', { stackPolicy: automated({ prune: false }) }, 'apply', 'policy_allows'],
    [
      'no empty stacks, of a plan that leaves nothing',
      { stackPolicy: automated({ allowEmpty: false }), plan: { ...deletion, emptied: true } },
      'wait',
      'definition_would_empty',
    ],
    [
      'no self-heal, of a repair',
      { stackPolicy: automated({ selfHeal: false }), plan: DRIFTED, mode: 'reconcile' },
      'wait',
      'definition_self_heal_off',
    ],
    ['that it rests', { stackPolicy: said({ suspended: true }) }, 'blocked', 'suspended_in_git'],
    [
      'that it rests, of a plan that people approved',
      { stackPolicy: said({ suspended: true }), approval: APPROVED, request: BY_PERSON },
      'blocked',
      'suspended_in_git',
    ],
    [
      'that it rests, in an emergency',
      { stackPolicy: said({ suspended: true }), request: { ...BY_PERSON, emergency: true } },
      'blocked',
      'suspended_in_git',
    ],
  ])('%s', (_, changes, kind, code) => {
    const verdict = decideStack(anEligibility({ policy: WIDE, request: BY_ITSELF, ...changes }));
    expect(verdict.kind).toBe(kind);
    const reason = verdict.reasons.find((one) => one.code === code);
    expect(reason?.message.includes(FROM)).toBe(/^definition|in_git$/.test(code));
  });

  it('keeps safe changes from going by themselves, too', () => {
    const policy = { ...WIDE, autoApproveSafe: { patterns: ['^docs/'], maxSeverity: 'critical' } } as const;
    const input = { policy, request: BY_ITSELF, changedFiles: ['docs/a.md'] };
    expect(decideStack(anEligibility(input)).rule).toBe('auto_approve_safe');
    const stackPolicy = said({ automated: null });
    expect(decideStack(anEligibility({ ...input, stackPolicy })).kind).toBe('wait');
  });

  it('never lets through what the environment alone would not', () => {
    const flag = fc.boolean();
    const three = fc.record({ prune: flag, selfHeal: flag, allowEmpty: flag });
    const checked = fc.check(
      fc.property(
        fc.option(three),
        fc.record({ automated: fc.option(three), suspended: flag }),
        fc.constantFrom('sync', 'reconcile'),
        fc.record({ manual: flag, gone: flag, emptied: flag, drifted: flag }),
        (own, stack, mode, facts) => {
          const plan = {
            ...(facts.gone ? deletion : facts.drifted ? DRIFTED : aPlan()),
            emptied: facts.emptied,
          };
          const policy = { ...WIDE, automated: own };
          const request = { ...BY_PERSON, manual: facts.manual };
          const input = anEligibility({ plan, policy, mode, request });
          const without = decideStack(input);
          const narrowed = decideStack({ ...input, stackPolicy: said(stack) });
          return narrowed.kind !== 'apply' || without.kind === 'apply';
        },
      ),
    );
    expect(checked.failed, JSON.stringify(checked.counterexample)).toBe(false);
  });
});

describe('definitionPermits', () => {
  it.each<[StackPolicy | undefined, boolean, boolean]>([
    [undefined, true, true],
    [said(), true, true],
    [automated(), true, true],
    [automated({ selfHeal: false }), false, true],
    [said({ automated: null }), false, false],
    [{ ...automated(), suspended: true }, false, false],
  ])('%j', (policy, reconcile, sync) => {
    expect(definitionPermits(policy, 'reconcile')).toBe(reconcile);
    expect(definitionPermits(policy, 'sync')).toBe(sync);
  });
});
