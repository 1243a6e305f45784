import { describe, expect, it } from 'vitest';
import { durationText, relativeTime, spanText } from './time.ts';
import { rowsInSight } from './use-windowed-rows.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');

describe('relativeTime', () => {
  it.each([
    [-10, 'just now'],
    [20, 'in a moment'],
    [-60, '1 minute ago'],
    [-3_590, '1 hour ago'],
    [-86_400, 'yesterday'],
    [7_200, 'in 2 hours'],
    [-40 * 86_400, 'last month'],
  ])('says %d seconds as %s', (seconds, words) => {
    expect(relativeTime(new Date(NOW + seconds * 1_000).toISOString(), NOW)).toBe(words);
  });
});

describe('durationText', () => {
  it.each([
    [340, '340 ms'],
    [4_200, '4.2 s'],
    [42_000, '42 s'],
    [185_000, '3 min 5 s'],
    [4_320_000, '1 h 12 min'],
    [7_200_000, '2 h'],
  ])('says %d ms as %s', (ms, words) => {
    expect(durationText(ms)).toBe(words);
  });

  it('counts to the present while a span has no end', () => {
    expect(spanText(new Date(NOW - 2_000).toISOString(), null, NOW)).toBe('2.0 s');
  });
});

describe('rowsInSight', () => {
  it('is a few rows around what is seen, and never beyond the list', () => {
    expect(rowsInSight(2_000, 50, -10_000, 1_000)).toEqual({ start: 192, end: 228 });
    expect(rowsInSight(2_000, 50, -99_000, 1_000).end).toBe(2_000);
    expect(rowsInSight(2_000, 50, 5_000, 1_000)).toEqual({ start: 0, end: 16 });
  });

  it('is all of a short list', () => {
    expect(rowsInSight(100, 50, 0, 500)).toEqual({ start: 0, end: 100 });
  });
});
