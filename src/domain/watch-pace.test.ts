import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lookAt } from './watch-pace.ts';

const NOW = 1_000_000;
const wish = (lastMs = NOW, firstMs = lastMs) => ({ firstMs, lastMs });

describe('lookAt', () => {
  it.each<[string, { firstMs: number; lastMs: number }, number[], number]>([
    ['a lone change waits for others', wish(), [], NOW + 300],
    ['each change moves it', wish(NOW + 200, NOW), [], NOW + 500],
    ['but not for ever', wish(NOW + 5000, NOW), [], NOW + 900],
    ['the next look comes a second later at the earliest', wish(), [NOW], NOW + 1000],
    ['looks of more than a minute ago are forgotten', wish(), Array(9).fill(NOW - 61_000), NOW + 300],
    [
      'whoever goes on and on is looked at four times a minute',
      wish(),
      [0, 1, 2, 3, 4, 5].map((n) => NOW - n),
      NOW + 15_000,
    ],
  ])('%s', (_rule, wanted, looks, expected) => {
    expect(lookAt(wanted, looks)).toBe(expected);
  });

  it('looks at most ten times in any minute, whatever happens, and always within sixteen seconds', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 60 }), (pauses) => {
        const looks: number[] = [];
        let at = NOW;
        for (const pause of pauses) {
          at = Math.max(at + pause, looks.at(-1) ?? 0);
          const next = lookAt(wish(at), looks);
          expect(next - at).toBeLessThanOrEqual(16_000);
          looks.push(next);
        }
        for (const look of looks)
          expect(looks.filter((other) => other >= look && other < look + 60_000).length).toBeLessThanOrEqual(
            10,
          );
      }),
    );
  });
});
