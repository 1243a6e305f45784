import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { aChange } from '../support/a-change.ts';
import { storeBackends } from './store-backends.ts';
import { aDiscoveredTask, aDriftedPlan, aPlan, minute, planJob } from './store-builders.ts';

const REPO = 'my-infra';

describe.each(storeBackends())('what stacks are in sync with, on $kind', (backend) => {
  beforeAll(backend.start);
  afterAll(backend.stop);
  let store: Store;
  beforeEach(async () => {
    store = await backend.open();
  });

  it('notes what a task found in sync as synced to its commit, and nothing else', async () => {
    const { id, jobs } = await aDiscoveredTask(store, ['seen', 'drifted', 'ignored', 'open', 'known']);
    const known = { repo: REPO, stackKey: 'known', commit: 'c0ffee', digest: 'old', at: minute(0) };
    await store.syncs.put({ ...known, attemptId: 'attempt-1', heals: [minute(0)] });
    const older = { repo: REPO, stackKey: 'drifted', commit: 'older', digest: 'old', at: minute(0) };
    await store.syncs.put({ ...older, attemptId: 'attempt-2', heals: [minute(0)] });
    await planJob(store, jobs['seen']!, minute(2), aPlan({ digest: 'now' }));
    await planJob(store, jobs['drifted']!, minute(2), aDriftedPlan());
    const change = aChange();
    const ignored = [{ ...change, ignored: { reason: 'known', rule: 'type=x' } }];
    await planJob(store, jobs['ignored']!, minute(2), aPlan({ ignored }));
    await planJob(store, jobs['known']!, minute(2), aPlan());
    for (const count of [5, 6]) await store.syncs.seenInSync(id, minute(count));
    expect(await store.syncs.list(REPO)).toEqual([
      { ...older, attemptId: 'attempt-2', heals: [minute(0)], vouched: 'older' },
      { ...known, attemptId: 'attempt-1', heals: [minute(0)], vouched: 'c0ffee' },
      {
        repo: REPO,
        stackKey: 'seen',
        commit: 'c0ffee',
        digest: 'now',
        at: minute(5),
        attemptId: '',
        heals: [],
        vouched: 'c0ffee',
      },
    ]);
  });

  it('moves what a stack was synced to forward when it is in sync with a newer commit, but vouches for nothing', async () => {
    const { id, jobs } = await aDiscoveredTask(store, ['a']);
    const synced = { repo: REPO, stackKey: 'a', digest: 'old', at: minute(0), attemptId: 'attempt-1' };
    await store.syncs.put({ ...synced, commit: 'older', heals: [minute(0)] });
    await planJob(store, jobs['a']!, minute(2), aPlan());
    await store.syncs.seenInSync(id, minute(5));
    expect(await store.syncs.get(REPO, 'a')).toMatchObject({
      commit: 'c0ffee',
      attemptId: '',
      heals: [],
      vouched: 'older',
    });
  });
});
