import { describe, expect, it } from 'vitest';
import type { ApplyEvents } from './apply-events.ts';
import { type AttemptLock, judgeApply, judgeLocked, type ApplyFacts, type Judgement } from './judgement.ts';

const events = (more: Partial<ApplyEvents> = {}): ApplyEvents => ({
  begun: [],
  completed: [],
  errored: [],
  finished: false,
  diagnostics: [],
  ...more,
});
const none = events();
const done = events({ begun: ['a'], completed: ['a'] });
const failed = events({ begun: ['a'], errored: ['a'] });
const cutOff = events({ begun: ['a'] });
const half = events({ begun: ['a', 'b'], completed: ['a'] });
const whole = events({ begun: ['a'], completed: ['a'], finished: true });

describe('judgeApply', () => {
  it.each<[ApplyFacts['events'], ApplyFacts['stateMoved'], ApplyFacts['planNow'], string]>([
    // The tool said so itself.
    [whole, true, 'empty', 'applied'],
    [whole, undefined, undefined, 'applied'],
    [whole, true, 'other', 'applied'],
    // Nothing is left to do, whoever did it.
    [cutOff, false, 'empty', 'applied'],
    [undefined, undefined, 'empty', 'applied'],
    // Some of it is known to be done.
    [half, true, 'other', 'partial'],
    [half, undefined, undefined, 'partial'],
    [done, false, 'same', 'partial'],
    // Cut off: an object may be there that no state knows.
    [cutOff, false, 'same', 'unknown'],
    [cutOff, undefined, undefined, 'unknown'],
    [cutOff, true, 'same', 'partial'],
    [cutOff, false, 'other', 'partial'],
    // Failed cleanly.
    [failed, false, 'same', 'not_applied'],
    [failed, true, 'same', 'partial'],
    [failed, false, 'other', 'partial'],
    [failed, undefined, undefined, 'unknown'],
    // Nothing was begun.
    [none, false, 'same', 'not_applied'],
    [none, undefined, undefined, 'not_applied'],
    [none, true, 'other', 'not_applied'],
    // The output is lost.
    [undefined, false, 'same', 'not_applied'],
    [undefined, false, 'empty', 'not_applied'],
    [undefined, true, 'empty', 'applied'],
    [undefined, true, 'other', 'partial'],
    [undefined, undefined, 'same', 'unknown'],
    [undefined, undefined, undefined, 'unknown'],
  ])('%# gives what is known, and in doubt unknown', (seen, stateMoved, planNow, outcome) => {
    expect(judgeApply({ events: seen, stateMoved, planNow }).outcome).toBe(outcome);
  });

  it('names what is done, failed and cut off', () => {
    const seen = events({ begun: ['a', 'b', 'c'], completed: ['a'], errored: ['b'] });
    expect(judgeApply({ events: seen, stateMoved: true, planNow: 'other' }).summary).toBe(
      'Applied: a. Failed: b. Cut off, so nobody can say: c.',
    );
  });

  it('names only the first few of many', () => {
    const many = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const { summary } = judgeApply({
      events: events({ begun: many, completed: many }),
      stateMoved: true,
      planNow: 'other',
    });
    expect(summary).toBe('Applied: a, b, c, d, e and 2 more.');
  });
});

describe('judgeLocked', () => {
  it.each<[AttemptLock, Judgement['outcome'], string]>([
    ['held', 'not_applied', 'still_running'],
    ['held', 'partial', 'still_running'],
    ['left', 'not_applied', 'unknown'],
    ['left', 'applied', 'applied'],
    ['left', 'partial', 'partial'],
    ['left', 'unknown', 'unknown'],
    ['unread', 'not_applied', 'unknown'],
    ['unread', 'applied', 'applied'],
    ['other', 'not_applied', 'not_applied'],
  ])('with a lock that is %s, what looks %s is %s', (lock, outcome, expected) => {
    expect(judgeLocked({ outcome, summary: 'Seen.' }, lock).outcome).toBe(expected);
  });
});
