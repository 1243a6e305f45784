import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, sameJson } from './canonical-json.ts';
import type { JsonValue } from './json.ts';

/** Any JSON value, with keys that code might trip over. */
const anyJson = fc.jsonValue() as fc.Arbitrary<JsonValue>;

function withReversedKeys(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withReversedKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, withReversedKeys(member)]),
  );
}

describe('canonicalJson', () => {
  it('sorts keys at every depth and keeps the order of lists', () => {
    expect(canonicalJson({ b: [3, 1, { d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[3,1,{"c":2,"d":1}]}');
  });

  it('writes equal numbers alike', () => {
    expect(canonicalJson([1.0, -0, 1e21, 0.1])).toBe('[1,0,1e+21,0.1]');
  });

  it('refuses what JSON cannot hold', () => {
    expect(() => canonicalJson(Number.NaN)).toThrow(TypeError);
    expect(() => canonicalJson(10n as unknown as JsonValue)).toThrow(TypeError);
  });

  it('is the same text whatever the order of the keys, and reads back as the same value', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(canonicalJson(withReversedKeys(value))).toBe(canonicalJson(value));
        expect(canonicalJson(JSON.parse(canonicalJson(value)) as JsonValue)).toBe(canonicalJson(value));
      }),
    );
  });
});

describe('sameJson', () => {
  it('tells lists in another order apart', () => {
    expect(sameJson([1, 2], [2, 1])).toBe(false);
    expect(sameJson({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
  });
});
