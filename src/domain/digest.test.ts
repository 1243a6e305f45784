import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planDigest } from './digest.ts';
import type { JsonValue } from './json.ts';

const key = new Uint8Array(32).fill(7);

describe('planDigest', () => {
  it('names its version and algorithm', () => {
    expect(planDigest(key, { stack: 'envs/prod' })).toMatch(/^v1:sha256:[0-9a-f]{64}$/);
  });

  it('stays the same from release to release', () => {
    expect(planDigest(key, { b: [1, null], a: 'x' })).toBe(
      'v1:sha256:73815b2a297b81656ebaf2e242de4de8e20838cacb7b96cc1b38a081a0325b06',
    );
  });

  it('does not depend on the order of keys, but on the order of lists and on the key', () => {
    expect(planDigest(key, { a: 1, b: 2 })).toBe(planDigest(key, { b: 2, a: 1 }));
    expect(planDigest(key, [1, 2])).not.toBe(planDigest(key, [2, 1]));
    expect(planDigest(new Uint8Array(32), { a: 1 })).not.toBe(planDigest(key, { a: 1 }));
  });

  it('differs when anything differs', () => {
    const value = fc.jsonValue() as fc.Arbitrary<JsonValue>;
    fc.assert(
      fc.property(value, fc.string(), (identity, more) => {
        expect(planDigest(key, [identity, more])).not.toBe(planDigest(key, [identity, `${more}x`]));
      }),
    );
  });
});
