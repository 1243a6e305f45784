import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ArtifactClaim, leftoverRight } from './shared-artifacts.ts';

const DAY_MS = 86_400_000;
const claim = (installation: string, days: number): ArtifactClaim => ({
  installation,
  ageMs: days * DAY_MS,
});

describe('leftoverRight', () => {
  it.each([
    { is: 'nobody has claimed the place', claims: [], right: { kind: 'new' } },
    { is: 'it has just claimed the place', claims: [claim('own', 1.9)], right: { kind: 'new' } },
    { is: 'it has long been alone', claims: [claim('own', 2)], right: { kind: 'alone' } },
    {
      is: 'another has claimed it before',
      claims: [claim('b', 9), claim('own', 9), claim('a', 0)],
      right: { kind: 'shared', others: ['a', 'b'] },
    },
    { is: 'only another has claimed it', claims: [claim('a', 9)], right: { kind: 'shared', others: ['a'] } },
  ])('is $right.kind when $is', ({ claims, right }) => {
    expect(leftoverRight('own', claims)).toEqual(right);
  });

  it('never lets two remove from one place', () => {
    const claims = fc.array(
      fc.record({ installation: fc.constantFrom('a', 'b', 'c'), ageMs: fc.nat(9 * DAY_MS) }),
    );
    fc.assert(
      fc.property(claims, (all) => {
        const alone = ['a', 'b', 'c'].filter((id) => leftoverRight(id, all).kind === 'alone');
        expect(alone.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
