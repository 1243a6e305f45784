import { describe, expect, it } from 'vitest';
import { ago } from './ago.ts';

describe('ago', () => {
  it.each([
    [-5, '0 s ago'],
    [900, '0 s ago'],
    [59_999, '59 s ago'],
    [240_000, '4 min ago'],
    [7_300_000, '2 h ago'],
    [200_000_000, '2 d ago'],
  ])('of %i ms is %s', (ms, expected) => {
    expect(ago(ms)).toBe(expected);
  });
});
