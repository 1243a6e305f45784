import { describe, expect, it } from 'vitest';
import { anApproval } from '../../../test/support/an-approval.ts';
import type { Person, Role } from '../person.ts';
import { APPROVAL_STATUSES } from './approval.ts';
import { canTakeBack, mayCancel } from './take-back.ts';

const ALICE = 'alice@example.com';

function aPerson(role: Role, environments: string[] = []): Person {
  const grants = [{ role, repos: [], environments }];
  return { id: ALICE, kind: 'person', teams: [], aliases: ['al@example.com'], grants, via: 'token' };
}

describe('mayCancel', () => {
  it.each<[string, Role, string[], string, boolean]>([
    ['whoever started it', 'operator', ['staging'], ALICE, true],
    ['whoever started it under another name', 'operator', ['staging'], 'AL@example.com', true],
    ['an operator of the repo', 'operator', [], 'bob@example.com', true],
    ['an operator of one environment', 'operator', ['staging'], 'bob@example.com', false],
    ['a viewer', 'viewer', [], 'bob@example.com', false],
    ['a viewer, where nobody is named', 'viewer', [], '', false],
  ])('is for %s: %s of %j, %s: %s', (_, role, environments, actor, may) => {
    expect(
      mayCancel(aPerson(role, environments), { repo: 'infra', actor, trigger: 'cli' }) === undefined,
    ).toBe(may);
  });

  it.each<[Person['via'], boolean]>([
    ['token', true],
    ['oidc', false],
    ['local', false],
  ])('takes another name of whoever started it from the config alone: %s: %s', (via, may) => {
    const alice = { ...aPerson('operator', ['staging']), via };
    const started = (actor: string) => ({ repo: 'infra', actor, trigger: 'cli' });
    expect(mayCancel(alice, started('al@example.com')) === undefined).toBe(may);
    expect(mayCancel(alice, started(ALICE))).toBeUndefined();
  });

  it.each(['push', 'schedule', 'retry', 'approval', 'post-apply'])(
    'is not for whom a task of another kind names: %s',
    (trigger) => {
      const task = { repo: 'infra', actor: ALICE, trigger };
      expect(mayCancel(aPerson('operator', ['staging']), task)?.code).toBe('not_entitled');
      expect(mayCancel(aPerson('operator'), task)).toBeUndefined();
    },
  );

  it.each<[string, string, string | undefined, boolean]>([
    ['retry', 'a person’s sync', 'cli', true],
    ['retry', 'what a push began', 'push', false],
    ['retry', 'what a schedule began', 'schedule', false],
    ['retry', 'nobody knows what', undefined, false],
    ['approval', 'a person’s sync, which others have approved', 'cli', false],
    ['post-apply', 'a person’s sync, after others', 'cli', false],
  ])('goes with what began it for another try alone: %s of %s', (trigger, _, firstTrigger, may) => {
    const task = {
      repo: 'infra',
      actor: ALICE,
      trigger,
      ...(firstTrigger === undefined ? {} : { firstTrigger }),
    };
    expect(mayCancel(aPerson('operator', ['staging']), task) === undefined).toBe(may);
    expect(mayCancel(aPerson('operator', ['staging']), { ...task, actor: 'bob@example.com' })?.code).toBe(
      'not_entitled',
    );
  });
});

describe('canTakeBack', () => {
  it.each(APPROVAL_STATUSES)('is for what is open and not rejected: %s', (status) => {
    expect(canTakeBack(anApproval({ status }))).toBe(status === 'waiting' || status === 'approved');
  });

  it('leaves what somebody else has asked for, too', () => {
    const started = (by: string) => anApproval({ startedBy: ALICE, others: [{ did: 'started', by }] });
    expect(canTakeBack(started('bob@example.com'))).toBe(false);
    expect(canTakeBack(started(''))).toBe(false);
    expect(canTakeBack(started(ALICE))).toBe(true);
    const pushed = anApproval({ startedBy: ALICE, others: [{ did: 'pushed', by: 'bob@example.com' }] });
    expect(canTakeBack(pushed)).toBe(true);
  });
});
