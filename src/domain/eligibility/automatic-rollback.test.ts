import { describe, expect, it } from 'vitest';
import { automaticRollback, type FailedApply } from './automatic-rollback.ts';
import { DEFAULT_POLICY } from './default-policy.ts';

const failed: FailedApply = {
  kind: 'sync',
  pinnedTo: [],
  severity: 'critical',
  policy: DEFAULT_POLICY,
  commit: 'b'.repeat(40),
  lastGood: 'a'.repeat(40),
};

describe('automaticRollback', () => {
  it.each<[string, Partial<FailedApply>, boolean, RegExp]>([
    ['critical changes, under any policy', {}, true, /rolled back to aaaaaaaaaaaa/],
    ['milder ones, which the policy leaves to people', { severity: 'high' }, false, /leaves .* to people/],
    [
      'milder ones, where the policy says so',
      { severity: 'low', policy: { ...DEFAULT_POLICY, autoRollback: true } },
      true,
      /rolled back/,
    ],
    ['a rollback', { kind: 'rollback' }, false, /was a rollback itself/],
    [
      'a sync to the commit that the stack is pinned to',
      { pinnedTo: [null, 'b'.repeat(40)] },
      false,
      /was a rollback itself/,
    ],
    ['a sync that a pin to another commit let through', { pinnedTo: ['c'.repeat(40)] }, true, /rolled back/],
    ['a stack that was never right', { lastGood: null }, false, /No other commit/],
    ['the repair of a commit that was right before', { lastGood: 'b'.repeat(40) }, false, /No other commit/],
  ])('says of %s whether it is rolled back', (_, changes, goes, says) => {
    const step = automaticRollback({ ...failed, ...changes });
    expect(step.to).toBe(goes ? failed.lastGood : null);
    expect(step.says).toMatch(says);
  });
});
