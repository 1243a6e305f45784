import { describe, expect, it } from 'vitest';
import { aDecision, anApproval } from '../../../test/support/an-approval.ts';
import type { Approval, Decision, DecisionRefusal } from './approval.ts';
import { approvalProgress, type DecisionCandidate, refuseDecision, statusAfter } from './rules.ts';

const NOW = new Date('2026-03-01T12:00:00Z');

function aCandidate(overrides: Partial<DecisionCandidate> = {}): DecisionCandidate {
  return {
    kind: 'approve',
    digest: 'now',
    by: 'alice@example.com',
    teams: [],
    aliases: [],
    reason: '',
    proof: 'signed',
    allowUnsigned: false,
    machine: false,
    entitled: true,
    ...overrides,
  };
}

describe('refuseDecision', () => {
  const cases: [
    string,
    Partial<Approval>,
    Decision[],
    Partial<DecisionCandidate>,
    DecisionRefusal['code'] | undefined,
  ][] = [
    ['a good approval', {}, [], {}, undefined],
    ['a second person', {}, [aDecision('bob@example.com')], {}, undefined],
    ['the author', {}, [], { by: 'Author@Example.com' }, 'own_change'],
    ['the author under another name', {}, [], { aliases: ['author@example.com'] }, 'own_change'],
    [
      'the author by GitHub address',
      { authors: ['7+alice@users.noreply.github.com'] },
      [],
      { aliases: ['alice'] },
      'own_change',
    ],
    ['the one who started it', {}, [], { by: 'starter@example.com' }, 'own_change'],
    ['the pusher where that is not asked', { pusher: 'alice@example.com' }, [], {}, undefined],
    [
      'a rejection by the author',
      {},
      [],
      { by: 'author@example.com', kind: 'reject', reason: 'oops' },
      undefined,
    ],
    ['the same person twice', {}, [aDecision('alice@example.com')], {}, 'already_decided'],
    [
      'the same person under another name',
      {},
      [aDecision('al', { aliases: ['alice@example.com'] })],
      {},
      'already_decided',
    ],
    [
      'an approval after the own rejection',
      {},
      [aDecision('alice@example.com', { kind: 'reject' })],
      {},
      'already_decided',
    ],
    [
      'an approval after the rejection was withdrawn',
      {},
      [aDecision('alice@example.com', { kind: 'reject', withdrawnAt: 'x' })],
      {},
      undefined,
    ],
    [
      'a rejection after the own approval',
      {},
      [aDecision('alice@example.com')],
      { kind: 'reject', reason: 'no' },
      undefined,
    ],
    ['a rejection without a reason', {}, [], { kind: 'reject', reason: ' ' }, 'reason_needed'],
    ['an old digest', {}, [], { digest: 'before' }, 'stale_digest'],
    ['a plan that another took the place of', { status: 'dismissed' }, [], {}, 'stale_digest'],
    ['a used approval', { status: 'used' }, [], {}, 'not_waiting'],
    ['after expiry', { expiresAt: '2026-03-01T12:00:00Z' }, [], {}, 'expired'],
    ['an expired approval', { status: 'expired' }, [], {}, 'expired'],
    ['a machine', {}, [], { machine: true }, 'machine'],
    ['somebody without the role', {}, [], { entitled: false }, 'not_entitled'],
    ['an unsigned signal', {}, [], { proof: 'unsigned' }, 'unsigned'],
    [
      'an unsigned signal where that is allowed',
      {},
      [],
      { proof: 'unsigned', allowUnsigned: true },
      undefined,
    ],
    [
      'a forged signature, even where unsigned ones are allowed',
      {},
      [],
      { proof: 'forged', allowUnsigned: true },
      'forged',
    ],
    ['a signature kept back', {}, [], { at: '2026-03-01T10:59:59Z' }, 'signed_too_long_ago'],
    ['a signature from a clock far ahead', {}, [], { at: '2026-03-01T12:06:00Z' }, 'signed_ahead'],
    [
      'an unsigned signal of any time where that is allowed',
      {},
      [],
      { at: '2026-03-01T10:00:00Z', proof: 'unsigned', allowUnsigned: true },
      undefined,
    ],
    [
      'withdrawing with a signature kept back',
      {},
      [aDecision('alice@example.com', { at: '2026-03-01T10:00:00Z' })],
      { kind: 'withdraw', at: '2026-03-01T10:30:00Z' },
      'signed_too_long_ago',
    ],
    ['withdrawing nothing', {}, [], { kind: 'withdraw' }, 'nothing_to_withdraw'],
    [
      'withdrawing the own rejection',
      { status: 'rejected' },
      [aDecision('alice@example.com', { kind: 'reject' })],
      { kind: 'withdraw' },
      undefined,
    ],
    [
      'withdrawing what somebody else said',
      {},
      [aDecision('bob@example.com')],
      { kind: 'withdraw' },
      'nothing_to_withdraw',
    ],
    [
      'withdrawing a signed word unsigned',
      {},
      [aDecision('alice@example.com', { kind: 'reject' })],
      { kind: 'withdraw', proof: 'unsigned', allowUnsigned: true },
      'unsigned',
    ],
    [
      'a signed word after an unsigned one in the same name',
      {},
      [aDecision('alice@example.com', { signature: null })],
      {},
      undefined,
    ],
  ];
  it.each(cases)('%s', (_, approval, decisions, candidate, code) => {
    expect(refuseDecision(anApproval(approval), decisions, aCandidate(candidate), NOW)?.code).toBe(code);
  });

  it('keeps the pusher from approving where the last push needs somebody else', () => {
    const approval = anApproval({ pusher: 'alice@example.com' }, { requireLastPushApproval: true });
    expect(refuseDecision(approval, [], aCandidate(), NOW)?.message).toContain('pushed this change');
  });

  it('does not let a signed word undo what its person said since', () => {
    const rejection = aDecision('alice@example.com', { kind: 'reject', at: '2026-03-01T11:30:00Z' });
    const again = (kind: DecisionCandidate['kind'], at: string, said: Decision) =>
      refuseDecision(anApproval(), [said], aCandidate({ kind, at }), NOW)?.code;
    expect(again('withdraw', '2026-03-01T11:00:00Z', rejection)).toBe('already_decided');
    expect(again('withdraw', '2026-03-01T11:40:00Z', rejection)).toBeUndefined();
    const withdrawn = { ...rejection, withdrawnAt: '2026-03-01T11:45:00Z' };
    expect(again('approve', '2026-03-01T11:40:00Z', withdrawn)).toBe('already_decided');
    expect(again('approve', '2026-03-01T11:50:00Z', withdrawn)).toBeUndefined();
  });

  it('names both plans when a decision is stale', () => {
    const refusal = refuseDecision(anApproval(), [], aCandidate({ digest: 'before' }), NOW);
    expect(refusal?.message).toContain('before');
    expect(refusal?.message).toContain('now');
  });
});

describe('approvalProgress', () => {
  it('counts distinct people and says how many are missing', () => {
    expect(approvalProgress(anApproval(), [])).toMatchObject({
      approved: false,
      missing: ['2 more approvals'],
    });
    expect(approvalProgress(anApproval(), [aDecision('a@x')])).toMatchObject({
      missing: ['one more approval'],
      approvedBy: ['a@x'],
    });
    expect(approvalProgress(anApproval(), [aDecision('a@x'), aDecision('b@x')]).approved).toBe(true);
  });

  it('counts one person with several names once', () => {
    const names = [aDecision('a@x', { aliases: ['al'] }), aDecision('al')];
    expect(approvalProgress(anApproval(), names).approvedBy).toEqual(['al']);
    const linked = [aDecision('a'), aDecision('b'), aDecision('c', { aliases: ['a', 'b'] })];
    expect(approvalProgress(anApproval(), linked).approvedBy).toHaveLength(1);
  });

  it('leaves out other digests, other approvals, withdrawn words and the author, whoever let them in', () => {
    const decisions = [
      aDecision('a@x', { digest: 'before' }),
      aDecision('b@x', { approvalId: 'my-infra:envs/prod:0' }),
      aDecision('c@x', { withdrawnAt: 'x' }),
      aDecision('author@example.com'),
      aDecision('starter@example.com'),
    ];
    expect(approvalProgress(anApproval(), decisions).approvedBy).toEqual([]);
  });

  it('counts all unsigned approvals, and the local user with them, as one person', () => {
    const unsigned = ['a', 'b', 'c'].map((by) => aDecision(by, { signature: null }));
    expect(approvalProgress(anApproval(), unsigned).approvedBy).toHaveLength(1);
    const withLocal = [...unsigned, aDecision('local:me')];
    expect(approvalProgress(anApproval(), withLocal).approvedBy).toEqual(['local:me']);
    expect(approvalProgress(anApproval(), [...withLocal, aDecision('bob@example.com')]).approved).toBe(true);
  });

  it('does not believe an unsigned word about teams or ownership', () => {
    const approval = anApproval(
      {},
      { required: 1, teams: ['security'], codeOwners: [{ path: 'a.tf', owners: ['@alice'] }] },
    );
    const unsigned = aDecision('alice', { signature: null, teams: ['security'] });
    expect(approvalProgress(approval, [unsigned]).missing).toEqual([
      'an approval of team security',
      'an approval of a code owner (@alice) for a.tf',
    ]);
    expect(approvalProgress(approval, [{ ...unsigned, signature: 's' }]).approved).toBe(true);
  });

  it('needs one owner for every file that has owners, and says it once per group', () => {
    const owners = ['@org/infra', '@org/security'];
    const codeOwners = [
      { path: 'a.tf', owners },
      { path: 'b.tf', owners },
      { path: 'c.tf', owners: ['@bob'] },
      { path: 'README.md', owners: [] },
    ];
    const approval = anApproval({}, { required: 1, codeOwners });
    expect(approvalProgress(approval, [aDecision('a@x', { teams: ['security'] })]).missing).toEqual([
      'an approval of a code owner (@bob) for c.tf',
    ]);
    expect(approvalProgress(approval, [aDecision('z@x')]).missing[0]).toBe(
      'an approval of a code owner (@org/infra or @org/security) for a.tf and 1 more',
    );
  });

  it('is approved at once when nobody is needed', () => {
    expect(approvalProgress(anApproval({}, { required: 0 }), []).approved).toBe(true);
  });
});

describe('statusAfter', () => {
  const enough = [aDecision('a@x'), aDecision('b@x')];
  it('blocks on one rejection until it is withdrawn', () => {
    const rejection = aDecision('c@x', { kind: 'reject', reason: 'no' });
    expect(statusAfter(anApproval(), [...enough, rejection])).toBe('rejected');
    expect(statusAfter(anApproval(), [...enough, { ...rejection, withdrawnAt: 'x' }])).toBe('approved');
  });

  it('takes the latest word of a person', () => {
    const [a, b] = enough;
    const rejected = aDecision('a@x', { kind: 'reject', withdrawnAt: 'x' });
    expect(statusAfter(anApproval(), [a!, b!, rejected])).toBe('waiting');
  });

  it('does not let an unsigned word take a signed rejection back', () => {
    const decisions = [
      ...enough,
      aDecision('c@x', { kind: 'reject' }),
      aDecision('c@x', { signature: null }),
    ];
    expect(statusAfter(anApproval(), decisions)).toBe('rejected');
  });

  it.each(['expired', 'dismissed', 'used', 'withdrawn'] as const)('leaves %s as it is', (status) => {
    expect(statusAfter(anApproval({ status }), enough)).toBe(status);
  });
});
