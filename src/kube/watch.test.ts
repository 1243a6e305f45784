import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pauseMs } from './watch.ts';

describe('pauseMs', () => {
  it.each([
    [1, 500],
    [2, 1000],
    [4, 4000],
    [7, 30_000],
    [1000, 30_000],
  ])('after %i failures is at most %i ms', (failures, most) => {
    expect(pauseMs(failures, 1)).toBe(most);
  });

  it('is never less than half of that, whatever chance says', () => {
    const chance = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), chance, (failures, random) => {
        const most = pauseMs(failures, 1);
        expect(pauseMs(failures, random)).toBeGreaterThanOrEqual(most / 2);
        expect(pauseMs(failures, random)).toBeLessThanOrEqual(most);
      }),
    );
  });
});
