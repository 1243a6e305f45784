import { describe, expect, it } from 'vitest';
import { isAgreedOn, isAskedFor, isManual, isReservedTrigger } from './asked-for.ts';

describe('isReservedTrigger', () => {
  it.each([
    ['push', true],
    ['schedule', true],
    ['watch', true],
    ['retry', true],
    ['approval', true],
    ['auto-rollback', true],
    [' Push ', true],
    ['post-apply', false],
    ['cli', false],
    ['a ticket', false],
  ])('says of %s: %s', (trigger, reserved) => {
    expect(isReservedTrigger(trigger)).toBe(reserved);
  });
});

describe('isManual', () => {
  it.each([
    [undefined, true],
    ['cli', true],
    ['signal', true],
    ['push', false],
    ['schedule', false],
    ['watch', false],
    ['retry', false],
    ['approval', false],
    ['auto-rollback', false],
  ])('says of %s: %s', (trigger, manual) => {
    expect(isManual(trigger === undefined ? {} : { trigger })).toBe(manual);
  });
});

describe('isAskedFor', () => {
  it.each<[string, Parameters<typeof isAskedFor>[0], boolean]>([
    ['a person’s sync', { trigger: 'cli' }, true],
    ['the next try of a person’s sync', { trigger: 'retry', first_trigger: 'cli' }, true],
    ['a push', { trigger: 'push' }, false],
    ['its own approval', { trigger: 'approval', first_trigger: 'push', agreed: ['a'] }, true],
    ['the next try after that', { trigger: 'retry', first_trigger: 'push', agreed: ['a'] }, true],
    ['another’s approval of a push', { trigger: 'approval', first_trigger: 'push', agreed: ['b'] }, false],
    ['another’s approval of a sync', { trigger: 'approval', first_trigger: 'cli', agreed: ['b'] }, true],
    ['another’s approval of what is no longer known', { trigger: 'approval', agreed: ['b'] }, false],
    ['an approval of an earlier release', { trigger: 'approval' }, true],
  ])('says of a stack of %s: %j: %s', (_, request, asked) => {
    expect(isAskedFor(request, 'a')).toBe(asked);
  });
});

describe('isAgreedOn', () => {
  it.each<[Parameters<typeof isAgreedOn>[0], boolean]>([
    [{ trigger: 'approval', first_trigger: 'cli', agreed: ['a'] }, true],
    [{ trigger: 'approval', first_trigger: 'cli', agreed: ['b'] }, false],
    [{ trigger: 'approval' }, true],
    [{ trigger: 'cli' }, false],
  ])('says of %j: %s', (request, agreed) => {
    expect(isAgreedOn(request, 'a')).toBe(agreed);
  });
});
