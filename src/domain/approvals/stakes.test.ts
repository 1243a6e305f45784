import { describe, expect, it } from 'vitest';
import { aDecision, anApproval } from '../../../test/support/an-approval.ts';
import { approvalProgress, requiredApprovals, statusAfter } from './rules.ts';
import { hasUnknownStarter, ownStake, starterOf, starterStakes, withStakes } from './stakes.ts';

const again = { authors: ['new@example.com'], pusher: 'pusher@example.com', startedBy: 'bob@example.com' };

describe('withStakes', () => {
  it('adds whoever has come to the same plan, and forgets nobody', () => {
    const both = withStakes(anApproval({ pusher: 'first@example.com' }), again);
    expect(both.authors).toEqual(['author@example.com', 'new@example.com']);
    expect(both).toMatchObject({ startedBy: 'starter@example.com', pusher: 'first@example.com' });
    expect(both.others).toEqual([
      { did: 'started', by: 'bob@example.com' },
      { did: 'pushed', by: 'pusher@example.com' },
    ]);
    expect(withStakes(both, again)).toEqual(both);
    expect(withStakes(anApproval(), anApproval())).toEqual(anApproval());
  });

  it('takes the word of whoever has started the same plan out of those that count', () => {
    const decisions = [aDecision('bob@example.com'), aDecision('dave@example.com')];
    const approved = anApproval({ status: 'approved' });
    expect(statusAfter(approved, decisions)).toBe('approved');
    expect(statusAfter(withStakes(approved, again), decisions)).toBe('waiting');
  });
});

describe('ownStake', () => {
  const approval = withStakes(anApproval({}, { requireLastPushApproval: true }), again);
  it.each([
    ['author@example.com', 'wrote commits of this change'],
    ['new@example.com', 'wrote commits of this change'],
    ['starter@example.com', 'started this task'],
    ['Bob@example.com', 'started this task'],
    ['pusher@example.com', 'pushed this change'],
    ['alice@example.com', undefined],
  ])('of %s: %s', (by, stake) => {
    expect(ownStake(approval, { by, aliases: [] })).toBe(stake);
  });
});

describe('a starter whom nobody names', () => {
  it('may be anybody, so that one person more has to agree', () => {
    const approval = anApproval({ startedBy: '' });
    expect(requiredApprovals(approval)).toBe(3);
    const two = [aDecision('alice@example.com'), aDecision('bob@example.com')];
    expect(approvalProgress(approval, two)).toMatchObject({
      approved: false,
      missing: ['one more approval'],
    });
    expect(approvalProgress(approval, [...two, aDecision('dave@example.com')]).approved).toBe(true);
    expect(hasUnknownStarter(withStakes(anApproval(), { ...again, startedBy: '' }))).toBe(true);
  });

  it.each([
    ['vouched for', { actor: 'alice', trigger: 'cli', vouched: true }, false, ['alice'], false],
    ['from before', { actor: 'alice', trigger: 'cli' }, false, ['alice'], false],
    ['a program', { actor: '', trigger: 'push', vouched: true }, false, ['plumbline'], false],
    ['not vouched for', { actor: 'alice', trigger: 'cli', vouched: false }, false, ['alice', ''], true],
    ['called a program', { actor: '', trigger: 'push', vouched: false }, false, [''], true],
    [
      'called Plumbline',
      { actor: 'plumbline', trigger: 'push', vouched: false },
      false,
      ['plumbline', ''],
      true,
    ],
    ['trusted', { actor: 'alice', trigger: 'cli', vouched: false }, true, ['alice'], false],
    ['trusted, but not named', { actor: '', trigger: 'manual', vouched: false }, true, [''], true],
  ])('may be one whom nobody vouches for: %s', (_what, task, trustUnvouched, names, unknown) => {
    const { startedBy, others } = starterStakes(task, { trustUnvouched });
    expect([startedBy, ...others.map(({ by }) => by)]).toEqual(names);
    expect(hasUnknownStarter(anApproval({ startedBy, others }))).toBe(unknown);
  });

  it.each([
    [{ actor: 'alice', trigger: 'cli' }, 'alice'],
    [{ actor: '', trigger: 'manual' }, ''],
    [{ trigger: 'retry' }, ''],
    [{ actor: '', trigger: 'schedule' }, 'plumbline'],
    [{ trigger: 'push' }, 'plumbline'],
    [{ actor: 'bob', trigger: 'push' }, 'bob'],
  ])('is told from a program: %j is %j', (task, starter) => {
    expect(starterOf(task)).toBe(starter);
  });
});
