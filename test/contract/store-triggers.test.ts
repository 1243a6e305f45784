import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import type { Watch } from '../../src/store/triggers.ts';
import { storeBackends } from './store-backends.ts';
import { minute } from './store-builders.ts';

const REFUSED = { code: 'auth_failed', message: 'The host refused the token.' };

function aWatch(changes: Partial<Watch> = {}): Watch {
  return {
    target: 'kubernetes/home',
    worker: 'one:1',
    stacks: 3,
    aliveAt: minute(0),
    error: null,
    ...changes,
  };
}

describe.each(storeBackends())('what starts tasks by itself, on $kind', (backend) => {
  beforeAll(backend.start);
  afterAll(backend.stop);
  let store: Store;
  beforeEach(async () => {
    store = await backend.open();
  });

  it('keeps what was last heard of a repo’s Git while the host does not answer, and since when', async () => {
    expect(await store.polls.get('shop')).toBeUndefined();
    await store.polls.reached('shop', 'c0ffee', minute(1));
    await store.polls.failed('shop', REFUSED, minute(2));
    await store.polls.failed('shop', REFUSED, minute(3));
    expect(await store.polls.get('shop')).toEqual({
      repo: 'shop',
      commit: 'c0ffee',
      askedAt: minute(3),
      reachedAt: minute(1),
      failingSince: minute(2),
      error: REFUSED,
    });
    await store.polls.reached('shop', 'decade', minute(4));
    await store.polls.failed('base', REFUSED, minute(5));
    expect(await store.polls.list()).toEqual([
      {
        repo: 'base',
        commit: null,
        askedAt: minute(5),
        reachedAt: null,
        failingSince: minute(5),
        error: REFUSED,
      },
      {
        repo: 'shop',
        commit: 'decade',
        askedAt: minute(4),
        reachedAt: minute(4),
        failingSince: null,
        error: null,
      },
    ]);
  });

  it('leaves a watch to the worker that has it, until it gives it back or is silent for too long', async () => {
    const { watches } = store;
    const other = aWatch({ worker: 'two:2' });
    const lease = (from: number) => ({ at: minute(from), until: minute(from + 1) });
    expect(await watches.keep(aWatch(), lease(0))).toBe(true);
    expect(await watches.keep(other, lease(0))).toBe(false);
    expect(await watches.keep(aWatch({ aliveAt: minute(1), error: REFUSED }), lease(1))).toBe(true);
    expect(await watches.list()).toEqual([
      { ...aWatch({ aliveAt: minute(1), error: REFUSED }), since: minute(0), expiresAt: minute(2) },
    ]);
    await watches.release(other.target, other.worker);
    expect(await watches.keep(other, lease(3))).toBe(true);
    expect(await watches.keep(aWatch(), lease(3))).toBe(false);
    await watches.release(other.target, other.worker);
    expect(await watches.list()).toEqual([]);
    expect(await watches.keep(aWatch({ aliveAt: null }), lease(3))).toBe(true);
  });

  it('gives a watch that nobody keeps to one of those who want it at once', async () => {
    const wanted = ['one:1', 'two:2', 'three:3'].map((worker) => aWatch({ worker }));
    const lease = { at: minute(0), until: minute(1) };
    const taken = await Promise.all(wanted.map((watch) => store.watches.keep(watch, lease)));
    expect(taken.filter(Boolean)).toHaveLength(1);
  });
});
