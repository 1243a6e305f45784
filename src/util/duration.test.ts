import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseGoDuration } from './duration.ts';
import { errorCode } from './errors.ts';

describe('parseGoDuration', () => {
  it.each([
    ['0', 0],
    ['-0', 0],
    ['30m', 1_800_000],
    ['6h', 21_600_000],
    ['10s', 10_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['.5s', 500],
    ['1.s', 1000],
    ['+5s', 5000],
    ['-1.5m', -90_000],
    ['1h2m3s4ms5us6ns', 3_723_004.005006],
    ['7µs', 0.007],
    ['7μs', 0.007],
    ['3m1m', 240_000],
  ])('reads %s as Go does', (text, ms) => {
    expect(parseGoDuration(text)).toBe(ms);
  });

  it.each([
    '',
    '-',
    '5',
    '1M',
    '1d',
    '1h 30m',
    ' 1s',
    '1,5h',
    's',
    '.',
    '1..5s',
    '3000000h',
    '1e3s',
    'constructor',
  ])('refuses %j with the code duration_invalid', (text) => {
    let code: string | undefined;
    try {
      parseGoDuration(text);
    } catch (error) {
      code = errorCode(error);
    }
    expect(code).toBe('duration_invalid');
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [250, '250ms'],
    [1500, '1.5s'],
    [90_000, '1m30s'],
    [1_800_000, '30m'],
    [21_600_000, '6h'],
    [-5000, '-5s'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('writes what parseGoDuration reads back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 12 }), (ms) => {
        expect(parseGoDuration(formatDuration(ms))).toBeCloseTo(ms, 3);
      }),
    );
  });
});
