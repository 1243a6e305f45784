import { describe, expect, it } from 'vitest';
import type { ApprovalStatus } from './approval.ts';
import { isOutdated } from './outdated.ts';

describe('isOutdated', () => {
  const [OLD, NEW] = ['a'.repeat(40), 'b'.repeat(40)];

  it.each<[string, ApprovalStatus, boolean, { commit: string; touched: boolean }, boolean]>([
    ['a newer commit that touches the stack', 'approved', true, { commit: NEW, touched: true }, true],
    ['the same while people are still waited for', 'waiting', true, { commit: NEW, touched: true }, true],
    ['a newer commit that touches others', 'approved', true, { commit: NEW, touched: false }, false],
    ['the commit that people looked at', 'approved', true, { commit: OLD, touched: true }, false],
    ['a policy that lets approvals stand', 'approved', false, { commit: NEW, touched: true }, false],
    ['a rejection', 'rejected', true, { commit: NEW, touched: true }, false],
    ['what has ended', 'used', true, { commit: NEW, touched: true }, false],
  ])('tells whether approvals fall: %s', (_, status, dismissStale, since, outdated) => {
    expect(isOutdated({ status, commit: OLD }, { dismissStale }, since)).toBe(outdated);
  });
});
