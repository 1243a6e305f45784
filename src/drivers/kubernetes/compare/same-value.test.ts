import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sameJson } from '../../../domain/canonical-json.ts';
import type { JsonValue } from '../../../domain/json.ts';
import { sameValue } from './same-value.ts';

describe('sameValue', () => {
  it.each<[JsonValue, JsonValue, boolean]>([
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ a: 1 }, { a: 1, b: null }, false],
    [{ a: null }, { b: null }, false],
    [[1, 2], [2, 1], false],
    [[1], [1, 2], false],
    [[], {}, false],
    [null, {}, false],
    ['1', 1, false],
    [0, -0, true],
  ])('of %j and %j is %s', (a, b, same) => {
    expect(sameValue(a, b)).toBe(same);
    expect(sameValue(b, a)).toBe(same);
  });

  it('says what sameJson says', () => {
    const small = fc.jsonValue({ maxDepth: 2 });
    fc.assert(
      fc.property(small, small, (a, b) => {
        expect(sameValue(a as JsonValue, b as JsonValue)).toBe(sameJson(a as JsonValue, b as JsonValue));
        expect(sameValue(a as JsonValue, structuredClone(a) as JsonValue)).toBe(true);
      }),
    );
  });
});
