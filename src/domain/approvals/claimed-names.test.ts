import { describe, expect, it } from 'vitest';
import { aDecision, anApproval } from '../../../test/support/an-approval.ts';
import { claimedNames } from './distinct-people.ts';
import { approvalProgress, refuseDecision, wordsOf } from './rules.ts';

const NOW = new Date('2026-03-02T00:00:00Z');
const ALICE = 'alice@example.com';
const mallory = { by: 'mallory@example.com', aliases: claimedNames([ALICE]) };
const candidate = {
  digest: 'now',
  teams: [],
  reason: 'no',
  proof: 'signed',
  allowUnsigned: false,
  machine: false,
  entitled: true,
} as const;

describe('names that somebody only claims', () => {
  it('take back nothing that somebody else has said', () => {
    const approval = anApproval();
    const rejected = [aDecision(ALICE, { kind: 'reject' })];
    const withdraw = { ...candidate, ...mallory, kind: 'withdraw' } as const;
    expect(refuseDecision(approval, rejected, withdraw, NOW)?.code).toBe('nothing_to_withdraw');
    expect(wordsOf(approval, rejected, mallory)).toEqual([]);
    expect(wordsOf(approval, rejected, { by: 'al', aliases: [ALICE] })).toEqual(rejected);
  });

  it('do not stand in the place of what somebody else has said', () => {
    const later = aDecision(mallory.by, { ...mallory, kind: 'reject', withdrawnAt: '2026-03-01T12:00:00Z' });
    const rejected = [aDecision(ALICE, { kind: 'reject' }), later];
    expect(approvalProgress(anApproval(), rejected).rejectedBy).toEqual([ALICE]);
  });

  it('own no files', () => {
    const codeOwners = [{ path: 'a.tf', owners: [ALICE] }];
    const approval = anApproval({}, { required: 1, codeOwners });
    expect(approvalProgress(approval, [aDecision(mallory.by, mallory)]).approved).toBe(false);
    const vouched = aDecision('al', { aliases: [ALICE] });
    expect(approvalProgress(approval, [vouched]).approved).toBe(true);
  });

  it('keep somebody from approving their own change, and from counting twice', () => {
    const own = anApproval({ authors: [ALICE] });
    const approve = { ...candidate, ...mallory, kind: 'approve' } as const;
    expect(refuseDecision(own, [], approve, NOW)?.code).toBe('own_change');
    const both = [aDecision(ALICE), aDecision(mallory.by, mallory)];
    expect(approvalProgress(anApproval(), both).approvedBy).toEqual([ALICE]);
  });
});
