import { describe, expect, it } from 'vitest';
import { nextRun } from './repo-json.ts';

describe('nextRun', () => {
  const now = new Date('2026-11-21T08:51:30Z');

  it.each([
    ['0 */6 * * *', '2026-11-21T12:00:00.000Z'],
    ['*/5 * * * *', '2026-11-21T08:55:00.000Z'],
    ['0 0 1 1 *', '2027-01-01T00:00:00.000Z'],
    ['0 0 30 2 *', null],
    ['not cron', null],
    [null, null],
  ])('of %s is %s', (schedule, expected) => {
    expect(nextRun(schedule, now)).toBe(expected);
  });
});
