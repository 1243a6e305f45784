import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeBackends } from './store-backends.ts';
import { aDiscoveredTask, minute } from './store-builders.ts';

const STACKS = 10_000;
const PAGE = 700;

describe.each(storeBackends())('a task of 10,000 stacks on $kind', (backend) => {
  beforeAll(backend.start);
  afterAll(backend.stop);

  it('is stored whole, read in pages, and forgotten', async () => {
    const store = await backend.open();
    const keys = Array.from({ length: STACKS }, (_, index) => `stacks/${index}`);
    const { id } = await aDiscoveredTask(store, keys);
    expect((await store.tasks.get(id))?.counts).toMatchObject({ total: STACKS, queued: STACKS });
    expect(await store.stacks.list('my-infra')).toHaveLength(STACKS);
    const read: string[] = [];
    for (let after = -1; ;) {
      const page = await store.jobs.listByTask(id, { afterOrdinal: after, limit: PAGE });
      read.push(...page.map((job) => job.stackKey));
      if (page.length < PAGE) break;
      after = page.at(-1)!.ordinal;
    }
    expect(read).toEqual(keys);
    const ended = await store.tasks.finish(id, { status: 'failed', error: null }, minute(5));
    expect(ended.counts).toMatchObject({ total: STACKS, failed: STACKS });
    await store.stacks.discovered('my-infra', [], { complete: true });
    expect(await store.artifacts.forgetBefore(minute(100), STACKS)).toEqual({
      jobs: STACKS,
      tasks: 1,
      unreferenced: [],
    });
  });
});
