import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from './default-policy.ts';
import { healState, healsAfter, retryDelayMs, SELF_HEAL_HORIZON_MS } from './retry.ts';

describe('retryDelayMs', () => {
  it('waits 5 s, 10 s and 20 s by default, and then no more', () => {
    const delays = [0, 1, 2, 3, 4].map((retries) => retryDelayMs(DEFAULT_POLICY.retry, retries));
    expect(delays).toEqual([5_000, 10_000, 20_000, null, null]);
  });

  // Argo CD: duration · factor^n, with n = 0 for the first retry, at most maxDuration; its defaults are 5 s, 2 and 3 min.
  it.each<[string, number, number, number, number[]]>([
    ['its defaults', 5, 2, 180, [5, 10, 20, 40, 80, 160, 180, 180]],
    ['a factor of one', 30, 1, 180, [30, 30, 30]],
    ['a factor of three', 10, 3, 120, [10, 30, 90, 120, 120]],
    ['a maximum below the first wait', 60, 2, 20, [20, 20]],
  ])('waits as Argo CD does with %s', (_, duration, factor, max, expected) => {
    const retry = {
      limit: expected.length,
      durationMs: duration * 1000,
      factor,
      maxDurationMs: max * 1000,
    };
    const delays = expected.map((_each, retries) => retryDelayMs(retry, retries));
    expect(delays).toEqual(expected.map((seconds) => seconds * 1000));
    expect(retryDelayMs(retry, expected.length)).toBeNull();
  });

  it('never waits longer than the maximum, and never shorter than before', () => {
    const policy = fc.record({
      limit: fc.constant(2000),
      durationMs: fc.integer({ min: 1, max: 60_000 }),
      factor: fc.integer({ min: 1, max: 10 }),
      maxDurationMs: fc.integer({ min: 60_000, max: 3_600_000 }),
    });
    fc.assert(
      fc.property(policy, fc.nat(1998), (retry, n) => {
        const delay = retryDelayMs(retry, n)!;
        expect(delay).toBeLessThanOrEqual(retry.maxDurationMs);
        expect(retryDelayMs(retry, n + 1)).toBeGreaterThanOrEqual(delay);
      }),
    );
  });
});

describe('healState', () => {
  const now = new Date('2026-03-04T12:00:00.000Z');
  const ago = (seconds: number): string => new Date(now.getTime() - seconds * 1000).toISOString();

  it.each([
    [0, null, false],
    [1, 2, false],
    [2, 6, false],
    [3, 18, true],
    [4, 54, true],
    [5, 162, true],
    [6, 300, true],
    [20, 300, true],
  ])('after %i repairs waits %s s; oscillating: %s', (repairs, seconds, oscillating) => {
    const heals = Array.from({ length: repairs }, (_, index) => ago(index));
    const state = healState({ commit: 'c', heals }, 'c', now);
    expect(state).toEqual({
      repairs,
      oscillating,
      nextAt: seconds === null ? null : new Date(now.getTime() + seconds * 1000).toISOString(),
    });
  });

  it('lets a repair through once the time is over', () => {
    const heals = [ago(18), ago(30), ago(40)];
    expect(healState({ commit: 'c', heals }, 'c', now)).toMatchObject({ nextAt: null, oscillating: true });
    expect(healState({ commit: 'c', heals: [ago(17), ...heals.slice(1)] }, 'c', now).nextAt).toBe(ago(-1));
  });

  it('begins anew with another commit, without a sync, and after the horizon', () => {
    const none = { repairs: 0, oscillating: false, nextAt: null };
    expect(healState({ commit: 'c', heals: [ago(1), ago(2), ago(3)] }, 'd', now)).toEqual(none);
    expect(healState(undefined, 'c', now)).toEqual(none);
    const old = ago(SELF_HEAL_HORIZON_MS / 1000);
    expect(healState({ commit: 'c', heals: [old, old, old] }, 'c', now)).toEqual(none);
  });

  it('does not wait longer for a clock that is ahead', () => {
    expect(healState({ commit: 'c', heals: [ago(-9000)] }, 'c', now).nextAt).toBe(ago(-2));
  });
});

describe('healsAfter', () => {
  const before = { commit: 'c', heals: ['2', '1'] };

  it.each([
    ['a repair at the same commit', before, { commit: 'c', at: '3', healed: true }, ['3', '2', '1']],
    ['a sync at the same commit', before, { commit: 'c', at: '3', healed: false }, ['2', '1']],
    ['a sync of another commit', before, { commit: 'd', at: '3', healed: false }, []],
    ['a repair that is the first', undefined, { commit: 'c', at: '3', healed: true }, ['3']],
  ])('keeps, after %s, what counts', (_, previous, sync, heals) => {
    expect(healsAfter(previous, sync)).toEqual(heals);
  });

  it('keeps twenty', () => {
    const heals = Array.from({ length: 20 }, String);
    expect(healsAfter({ commit: 'c', heals }, { commit: 'c', at: 'x', healed: true })).toHaveLength(20);
  });
});
