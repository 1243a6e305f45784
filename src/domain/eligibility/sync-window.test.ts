import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SyncWindow } from './policy.ts';
import { windowsOpen, windowState } from './sync-window.ts';

const HOUR_MS = 3_600_000;

function aWindow(changes: Partial<SyncWindow> = {}): SyncWindow {
  return {
    kind: 'allow',
    schedule: '0 9 * * *',
    durationMs: 8 * HOUR_MS,
    timeZone: 'UTC',
    manual: false,
    ...changes,
  };
}

const deny = aWindow({ kind: 'deny', schedule: '0 12 * * *', durationMs: HOUR_MS });

describe('windowState', () => {
  it.each<[string, SyncWindow[], string, boolean, string | null]>([
    ['no windows', [], '2026-03-04T03:00:00Z', true, null],
    ['before the allow window', [aWindow()], '2026-03-04T08:59:59.999Z', false, '2026-03-04T09:00:00.000Z'],
    ['at its beginning', [aWindow()], '2026-03-04T09:00:00Z', true, '2026-03-04T17:00:00.000Z'],
    ['just before its end', [aWindow()], '2026-03-04T16:59:59.999Z', true, '2026-03-04T17:00:00.000Z'],
    ['at its end', [aWindow()], '2026-03-04T17:00:00Z', false, '2026-03-05T09:00:00.000Z'],
    [
      'a deny window inside of it',
      [aWindow(), deny],
      '2026-03-04T12:30:00Z',
      false,
      '2026-03-04T13:00:00.000Z',
    ],
    ['before that', [aWindow(), deny], '2026-03-04T11:00:00Z', true, '2026-03-04T12:00:00.000Z'],
    ['a deny window alone', [deny], '2026-03-04T13:00:00Z', true, '2026-03-05T12:00:00.000Z'],
    [
      'one of two allow windows',
      [aWindow(), aWindow({ schedule: '0 16 * * *' })],
      '2026-03-04T18:00:00Z',
      true,
      '2026-03-05T00:00:00.000Z',
    ],
    [
      'a window that begins anew before it ends',
      [aWindow({ schedule: '0 * * * *', durationMs: 2 * HOUR_MS })],
      '2026-03-04T18:30:00Z',
      true,
      null,
    ],
    [
      'a schedule in the past alone',
      [aWindow({ schedule: '0 9 30 2 *' })],
      '2026-03-04T10:00:00Z',
      false,
      null,
    ],
    [
      'Friday evening to Monday morning',
      [aWindow({ kind: 'deny', schedule: '0 18 * * 5', durationMs: 62 * HOUR_MS })],
      '2026-03-08T12:00:00Z',
      false,
      '2026-03-09T08:00:00.000Z',
    ],
  ])('with %s', (_, windows, now, open, nextChange) => {
    const state = windowState(windows, new Date(now), false);
    expect({ open: state.open, nextChange: state.nextChange }).toEqual({ open, nextChange });
    expect(open || state.reason.includes('window')).toBe(true);
  });

  it.each([
    ['in winter', '2026-01-15T08:30:00Z', true],
    ['in winter, an hour early', '2026-01-15T07:30:00Z', false],
    ['in summer', '2026-07-15T07:30:00Z', true],
    ['in summer, an hour early', '2026-07-15T06:30:00Z', false],
  ])('reads the schedule in its time zone, %s', (_, now, open) => {
    const berlin = aWindow({ timeZone: 'Europe/Berlin', durationMs: HOUR_MS });
    expect(windowState([berlin], new Date(now), false).open).toBe(open);
  });

  it('opens an hour later when the clock skips the time, and once when it shows it twice', () => {
    const night = aWindow({ schedule: '30 2 * * *', timeZone: 'Europe/Berlin', durationMs: HOUR_MS });
    const opens = (now: string): string | null => windowState([night], new Date(now), false).nextChange;
    // 29 March 2026: 02:00 becomes 03:00. The window is there all the same.
    const spring = Date.parse(opens('2026-03-28T12:00:00Z')!);
    expect(spring).toBeGreaterThanOrEqual(Date.parse('2026-03-29T01:00:00Z'));
    expect(spring).toBeLessThanOrEqual(Date.parse('2026-03-29T01:30:00Z'));
    // 25 October 2026: 03:00 becomes 02:00, so that 02:30 comes at 00:30Z and at 01:30Z.
    expect(opens('2026-10-24T12:00:00Z')).toBe('2026-10-25T00:30:00.000Z');
    expect(opens('2026-10-25T01:31:00Z')).toBe('2026-10-26T01:30:00.000Z');
  });

  it('keeps the length of a window over the change of the clock', () => {
    const berlin = aWindow({ schedule: '0 0 * * *', timeZone: 'Europe/Berlin', durationMs: 6 * HOUR_MS });
    const state = windowState([berlin], new Date('2026-03-29T02:00:00Z'), false);
    expect(state).toMatchObject({ open: true, nextChange: '2026-03-29T05:00:00.000Z' });
  });

  it('lets a person through only where every window in the way says so', () => {
    const now = new Date('2026-03-04T12:30:00Z');
    const open = (windows: SyncWindow[], manual: boolean): boolean => windowState(windows, now, manual).open;
    const lenient = { ...deny, manual: true };
    expect(open([lenient], true)).toBe(true);
    expect(open([lenient], false)).toBe(false);
    expect(open([lenient, deny], true)).toBe(false);
    const late = aWindow({ schedule: '0 20 * * *', durationMs: HOUR_MS });
    expect(open([{ ...late, manual: true }], true)).toBe(true);
    expect(open([late, { ...late, manual: true }], true)).toBe(false);
    // Both are in the way: the deny window that is open, and the allow window that is not.
    expect(open([{ ...late, manual: true }, lenient], true)).toBe(true);
    expect(open([late, lenient], true)).toBe(false);
  });

  it('refuses a time zone that does not exist', () => {
    expect(() => windowState([aWindow({ timeZone: 'Mars/Olympus' })], new Date(0), false)).toThrow(
      /time ?zone/i,
    );
  });

  it('changes at the time it names, and not before', () => {
    const window = fc
      .record({
        kind: fc.constantFrom('allow', 'deny'),
        hour: fc.nat(23),
        minute: fc.nat(59),
        hours: fc.integer({ min: 1, max: 30 }),
        timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu'),
      })
      .map(({ kind, hour, minute, hours, timeZone }) =>
        aWindow({ kind, schedule: `${minute} ${hour} * * *`, durationMs: hours * HOUR_MS, timeZone }),
      );
    const time = fc.date({ min: new Date('2026-01-01'), max: new Date('2027-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(
        fc.array(window, { minLength: 1, maxLength: 3 }),
        time,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (windows, now, part) => {
          const { open, nextChange } = windowState(windows, now, false);
          if (nextChange === null) return;
          const then = Date.parse(nextChange);
          expect(then).toBeGreaterThan(now.getTime());
          expect(windowsOpen(windows, new Date(then), false)).toBe(!open);
          const between = new Date(now.getTime() + Math.floor((then - 1 - now.getTime()) * part));
          expect(windowsOpen(windows, between, false)).toBe(open);
        },
      ),
      { numRuns: 50 },
    );
  });
});
