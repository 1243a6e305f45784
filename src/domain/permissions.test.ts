import { describe, expect, it } from 'vitest';
import { ACTION_ROLES, bestRole, mayDo, type PersonAction } from './permissions.ts';
import { type Grant, type Person, type Role, ROLES } from './person.ts';

function aPerson(grants: Partial<Grant>[], kind: Person['kind'] = 'person'): Person {
  return {
    id: 'alice@example.com',
    kind,
    teams: [],
    aliases: [],
    grants: grants.map((grant) => ({ role: 'viewer', repos: [], environments: [], ...grant })),
    via: 'token',
  };
}

const everywhere = { repo: null, environment: null };
const prod = { repo: 'my-infra', environment: 'production' };

describe('mayDo', () => {
  it.each(Object.entries(ACTION_ROLES) as [PersonAction, Role][])(
    'allows %s from the role %s on',
    (action, least) => {
      for (const role of ROLES) {
        const allowed = ROLES.indexOf(role) >= ROLES.indexOf(least);
        expect(mayDo(aPerson([{ role }]), action, prod) === undefined, role).toBe(allowed);
      }
    },
  );

  it('names the role that is needed and the one that is held', () => {
    expect(mayDo(aPerson([{ role: 'operator' }]), 'approve', prod)).toEqual({
      code: 'not_entitled',
      role: 'approver',
      message:
        'alice@example.com may not decide on plans for my-infra in production: that needs the role approver, and theirs is operator there',
      bare: 'alice@example.com may not decide on plans here: that needs the role approver in a place that is not theirs to see',
    });
  });

  it('never lets a machine approve or break the glass, not even as admin', () => {
    const machine = aPerson([{ role: 'admin' }], 'machine');
    expect(mayDo(machine, 'approve', prod)?.code).toBe('machine');
    expect(mayDo(machine, 'break_glass', prod)?.code).toBe('machine');
    expect(mayDo(machine, 'sync', prod)).toBeUndefined();
  });

  it('holds a grant to its repos and environments', () => {
    const person = aPerson([{ role: 'approver', repos: ['my-*'], environments: ['staging'] }]);
    expect(mayDo(person, 'approve', { repo: 'my-infra', environment: 'staging' })).toBeUndefined();
    expect(mayDo(person, 'approve', prod)?.code).toBe('not_entitled');
    expect(mayDo(person, 'approve', { repo: 'other', environment: 'staging' })?.code).toBe('not_entitled');
  });

  it('holds a grant for an entry of the config to all of its branches, and one for a branch to that alone', () => {
    const entry = aPerson([{ role: 'operator', repos: ['my-infra'] }]);
    expect(mayDo(entry, 'sync', { repo: 'my-infra@release', environment: null })).toBeUndefined();
    const branch = aPerson([{ role: 'operator', repos: ['my-infra@release'] }]);
    expect(mayDo(branch, 'sync', { repo: 'my-infra@release', environment: null })).toBeUndefined();
    expect(mayDo(branch, 'sync', { repo: 'my-infra', environment: null })?.code).toBe('not_entitled');
  });

  it('does not take a grant for some environments as one for stacks of none, nor one for some repos as one for all', () => {
    const person = aPerson([{ role: 'admin', repos: ['my-infra'], environments: ['staging'] }]);
    expect(mayDo(person, 'sync', { repo: 'my-infra', environment: null })?.code).toBe('not_entitled');
    expect(mayDo(person, 'hold', everywhere)?.code).toBe('not_entitled');
    expect(mayDo(person, 'audit', everywhere)?.code).toBe('not_entitled');
  });

  it('shows what belongs to no environment only to whom every environment is open', () => {
    const person = aPerson([{ environments: ['staging'] }]);
    expect(mayDo(person, 'see', { repo: 'my-infra', environment: 'staging' })).toBeUndefined();
    expect(mayDo(person, 'see', { repo: 'my-infra', environment: null })?.code).toBe('not_entitled');
    expect(mayDo(person, 'see', prod)?.message).toMatch(/may not read for my-infra in production/);
    expect(mayDo(aPerson([{}]), 'see', everywhere)).toBeUndefined();
  });

  it('lets anybody with a grant read lists, and nobody without one', () => {
    expect(
      mayDo(aPerson([{ repos: ['my-infra'], environments: ['staging'] }]), 'read', everywhere),
    ).toBeUndefined();
    expect(mayDo(aPerson([]), 'read', everywhere)?.code).toBe('not_entitled');
  });
});

describe('bestRole', () => {
  it('is the highest role of all grants that hold there', () => {
    const person = aPerson([{ role: 'viewer' }, { role: 'approver', environments: ['production'] }]);
    expect(bestRole(person, prod)).toBe('approver');
    expect(bestRole(person, { repo: 'my-infra', environment: 'staging' })).toBe('viewer');
    expect(bestRole(aPerson([]), prod)).toBeNull();
  });
});
