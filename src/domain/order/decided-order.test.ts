import { describe, expect, it } from 'vitest';
import { planOrder } from './apply-order.ts';
import { orderOf, type PlacedStack, placesOf, progressOf } from './decided-order.ts';

const order = planOrder([
  { key: 'envs/dev/net', dependsOn: [], order: 1, heldUp: true },
  { key: 'envs/prod/net', dependsOn: [], order: 3 },
  { key: 'envs/prod/app', dependsOn: ['envs/prod/net'], order: 3 },
  { key: 'a', dependsOn: ['b'], order: 0 },
  { key: 'b', dependsOn: ['a'], order: 0 },
]);
const places = placesOf(order);
const stack = (key: string, verdict: Partial<PlacedStack['verdict']> = {}): PlacedStack => ({
  key,
  verdict: { kind: 'apply', ...(places.has(key) ? { place: places.get(key)! } : {}), ...verdict },
});

describe('orderOf', () => {
  it('gives back the order that the places were made of, circles among it', () => {
    expect(orderOf(order.stacks.map(({ key }) => stack(key)))).toEqual(order);
    expect(order).toMatchObject({ cycles: [['a', 'b']], heldUp: ['envs/dev/net'] });
  });

  it('leaves out what has no place: there is nothing to do about it', () => {
    expect(orderOf([stack('idle', { kind: 'nothing' })])).toEqual({ stacks: [], cycles: [] });
  });
});

describe('progressOf', () => {
  it('goes by what was decided, and by what became of it', () => {
    const stacks = [
      stack('envs/dev/net', { fate: 'done' }),
      stack('envs/prod/net', { fate: 'failed' }),
      stack('envs/prod/app', { kind: 'wait' }),
      stack('a', { kind: 'blocked' }),
      stack('b'),
      stack('idle', { kind: 'nothing' }),
    ];
    expect(progressOf(stacks, ['b'])).toEqual({
      done: new Set(['envs/dev/net']),
      failed: new Set(['envs/prod/net']),
      waiting: new Set(['envs/prod/app', 'a']),
      running: new Set(['b']),
    });
  });
});
