import { describe, expect, it } from 'vitest';
import { sharedLoad } from './shared-load.ts';

/** A load that counts itself, and a clock that stands still until it is moved. */
function aLoad(maxAgeMs: number) {
  const state = { loads: 0, nowMs: 1_000, fail: false };
  const shared = sharedLoad(
    async () => {
      state.loads += 1;
      if (state.fail) throw new Error('away');
      return state.loads;
    },
    maxAgeMs,
    () => state.nowMs,
  );
  return { state, shared };
}

describe('sharedLoad', () => {
  it('serves everybody from one load until it is too old', async () => {
    const { state, shared } = aLoad(250);
    expect(await Promise.all([shared.get(), shared.get()])).toEqual([1, 1]);
    state.nowMs += 249;
    expect(await shared.get()).toBe(1);
    state.nowMs += 1;
    expect(await shared.get()).toBe(2);
  });

  it('loads anew when told that something has changed', async () => {
    const { shared } = aLoad(250);
    await shared.get();
    shared.forget();
    expect(await shared.get()).toBe(2);
  });

  it('does not keep a failure', async () => {
    const { state, shared } = aLoad(250);
    state.fail = true;
    await expect(shared.get()).rejects.toThrow('away');
    state.fail = false;
    expect(await shared.get()).toBe(2);
  });

  it('keeps nothing when nothing may be old', async () => {
    const { shared } = aLoad(0);
    await shared.get();
    expect(await shared.get()).toBe(2);
  });
});
