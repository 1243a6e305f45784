import { describe, expect, it } from 'vitest';
import { aDecision, anApproval } from '../../../test/support/an-approval.ts';
import type { Decision } from './approval.ts';
import { everApproved } from './ever-approved.ts';

const at = (minute: number): string => `2026-03-02T08:0${minute}:00.000Z`;
const approval = anApproval({}, { required: 1 });
const said = (by: string, minute: number, more: Partial<Decision> = {}) =>
  aDecision(by, { approvalId: approval.id, digest: approval.digest, at: at(minute), ...more });

describe('everApproved', () => {
  it.each<[string, Decision[], boolean]>([
    ['nothing said', [], false],
    ['an approval', [said('alice', 1)], true],
    ['a rejection', [said('alice', 1, { kind: 'reject' })], false],
    ['an approval that was taken back', [said('alice', 1, { withdrawnAt: at(2) })], true],
    ['an approval that was taken back at once', [said('alice', 1, { withdrawnAt: at(1) })], true],
    ['an approval after a rejection', [said('bob', 1, { kind: 'reject' }), said('alice', 2)], false],
    [
      'an approval after a rejection that was taken back later, and then the approval',
      [said('bob', 1, { kind: 'reject', withdrawnAt: at(3) }), said('alice', 2, { withdrawnAt: at(4) })],
      true,
    ],
    [
      'the same, with the approval gone first',
      [said('bob', 1, { kind: 'reject', withdrawnAt: at(4) }), said('alice', 2, { withdrawnAt: at(3) })],
      false,
    ],
  ])('with %s', (_, decisions, expected) => {
    expect(everApproved(approval, decisions)).toBe(expected);
  });
});
