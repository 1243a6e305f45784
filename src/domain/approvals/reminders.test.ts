import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueReminder, nextReminderMs, type RemindedApproval } from './reminders.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-03-01T10:00:00.000Z');
const POLICY = { remindEveryMs: 24 * HOUR, escalateAfterMs: 36 * HOUR, escalateTo: ['@leads'] };
const after = (hours: number) => new Date(START + hours * HOUR);
const waiting = (changes: Partial<RemindedApproval> = {}): RemindedApproval => ({
  status: 'waiting',
  presentedAt: after(0).toISOString(),
  ...changes,
});
const reminded = (times: number, hours: number, escalated: number | null = null) => ({
  times,
  lastAt: after(hours).toISOString(),
  escalatedAt: escalated === null ? null : after(escalated).toISOString(),
  escalatedTo: escalated === null ? [] : ['@leads'],
});

describe('dueReminder', () => {
  it.each<[string, RemindedApproval, number, 'remind' | 'escalate' | 'both' | null]>([
    ['nothing before the interval is over', waiting(), 23, null],
    ['a reminder after it', waiting(), 24, 'remind'],
    ['nothing more in the same interval', waiting({ reminders: reminded(1, 24) }), 35, null],
    ['others once it waits too long', waiting({ reminders: reminded(1, 24) }), 36, 'escalate'],
    ['others only once', waiting({ reminders: reminded(1, 24, 36) }), 47, null],
    ['the next reminder', waiting({ reminders: reminded(1, 24, 36) }), 48, 'remind'],
    ['both to who looks late', waiting(), 100, 'both'],
    ['nobody of a plan that was decided', waiting({ status: 'approved' }), 100, null],
    ['nobody of a plan that was rejected', waiting({ status: 'rejected' }), 100, null],
  ])('tells %s', (_, approval, hours, expected) => {
    const due = dueReminder(approval, POLICY, after(hours));
    const found = due && (due.remind ? (due.escalate ? 'both' : 'remind') : 'escalate');
    expect(found ?? null).toBe(expected);
  });

  it('says how the approval stands then, and is not due again at the same moment', () => {
    const due = dueReminder(waiting({ reminders: reminded(1, 24) }), POLICY, after(50));
    const at = after(50).toISOString();
    expect(due?.reminders).toEqual({ times: 2, lastAt: at, escalatedAt: at, escalatedTo: ['@leads'] });
    expect(dueReminder(waiting({ reminders: due!.reminders }), POLICY, after(50))).toBeUndefined();
  });

  it('never escalates to nobody', () => {
    const policy = { ...POLICY, remindEveryMs: null, escalateTo: [] };
    expect(dueReminder(waiting(), policy, after(100))).toBeUndefined();
    expect(nextReminderMs(waiting(), policy, after(100))).toBeNull();
  });
});

describe('nextReminderMs', () => {
  it('is when something is due, whenever one looks', () => {
    const times = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(times, times, fc.integer({ min: 0, max: 300 }), (every, escalate, hours) => {
        const policy = {
          remindEveryMs: every * HOUR,
          escalateAfterMs: escalate * HOUR,
          escalateTo: ['@leads'],
        };
        const before = dueReminder(waiting(), policy, after(hours))?.reminders;
        const approval = waiting(before ? { reminders: before } : {});
        const nextMs = nextReminderMs(approval, policy, after(hours))!;
        const at = after(hours).getTime();
        expect(dueReminder(approval, policy, new Date(at + nextMs))).toBeDefined();
        expect(dueReminder(approval, policy, new Date(at + nextMs - 1))).toBeUndefined();
      }),
    );
  });
});
