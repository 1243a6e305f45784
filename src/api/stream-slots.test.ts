import { describe, expect, it } from 'vitest';
import { NOBODY } from './identity/open-person.ts';
import { createStreamSlots } from './stream-slots.ts';

const alice = { person: { ...NOBODY, id: 'alice@example.com', via: 'token' as const }, address: '10.0.0.1' };
const bob = { person: { ...NOBODY, id: 'bob@example.com', via: 'oidc' as const }, address: '10.0.0.1' };
const visitor = (address: string) => ({ person: NOBODY, address });
const refusal = expect.objectContaining({ status: 429, code: 'too_many_streams' }) as unknown;

describe('createStreamSlots', () => {
  it('has so many places for each person, and gives one back once', () => {
    const slots = createStreamSlots({ all: 10, each: 2 });
    const leave = slots.take(alice);
    slots.take(alice);
    expect(() => slots.take(alice)).toThrow(refusal);
    slots.take(bob);
    leave();
    leave();
    slots.take(alice);
    expect(() => slots.take(alice)).toThrow(refusal);
  });

  it('tells those whom nobody knows apart by their address', () => {
    const slots = createStreamSlots({ all: 10, each: 1 });
    slots.take(visitor('10.0.0.1'));
    expect(() => slots.take(visitor('10.0.0.1'))).toThrow(refusal);
    slots.take(visitor('10.0.0.2'));
  });

  it('has so many places for all', () => {
    const slots = createStreamSlots({ all: 2, each: 2 });
    slots.take(alice);
    const leave = slots.take(bob);
    expect(() => slots.take(visitor('10.0.0.2'))).toThrow(refusal);
    leave();
    slots.take(visitor('10.0.0.2'));
  });
});
