import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { aResource } from '../support/a-resource.ts';
import { storeBackends } from './store-backends.ts';
import { aDiscoveredTask, aPlan, minute, planJob } from './store-builders.ts';

const REPO = 'my-infra';
const WEB = aResource('shop/Deployment.apps/web');
const POD = aResource('shop/Pod/web_1%', { parent: WEB.address, sync: null });

describe.each(storeBackends())('what stacks have, on $kind', (backend) => {
  beforeAll(backend.start);
  afterAll(backend.stop);
  let store: Store;
  beforeEach(async () => {
    store = await backend.open();
    const { jobs } = await aDiscoveredTask(store, ['one', 'two']);
    await planJob(store, jobs['one']!, minute(2), aPlan({ resources: [WEB] }));
    await planJob(store, jobs['two']!, minute(2), aPlan());
  });

  const health = async (key: string) => (await store.stacks.get(REPO, key))?.health;

  it('is kept with each plan of a driver that looks, and with each look', async () => {
    const planned = { declared: { at: minute(2), resources: [WEB] }, looked: null };
    expect(await store.resources.get(REPO, 'one')).toEqual(planned);
    expect(await store.resources.get(REPO, 'two')).toEqual({ declared: null, looked: null });
    const found = { resources: [WEB, POD], orphans: [], notes: ['it said \0 and more'] };
    await store.resources.looked(REPO, 'one', found, minute(3));
    expect(await store.resources.get(REPO, 'one')).toEqual({
      ...planned,
      looked: { at: minute(3), ...found, notes: ['it said \uFFFD and more'] },
    });
  });

  it('says of the stack how it does, by whatever was seen last', async () => {
    expect([await health('one'), await health('two')]).toEqual([
      { status: 'healthy', reason: '' },
      undefined,
    ]);
    const sick = { ...WEB, health: { status: 'degraded' as const, reason: 'it crashed' } };
    await store.resources.looked(REPO, 'one', { resources: [sick], orphans: null, notes: [] }, minute(3));
    expect(await health('one')).toEqual({
      status: 'degraded',
      reason: `${WEB.address} is degraded: it crashed`,
    });
    await store.resources.declared(REPO, 'one', [WEB], minute(4));
    expect(await health('one')).toEqual({ status: 'healthy', reason: '' });
  });

  it('is found by a name, taken literally', async () => {
    await store.resources.looked(REPO, 'two', { resources: [POD], orphans: null, notes: [] }, minute(3));
    const naming = async (name: string) =>
      (await store.resources.naming(name)).map(({ stackKey }) => stackKey);
    expect(await naming('web')).toEqual(['one']);
    expect(await naming('web_1%')).toEqual(['two']);
    expect(await naming('we%')).toEqual([]);
    expect(await naming('we_')).toEqual([]);
  });

  it('goes with the stack, and with its repository', async () => {
    const one = { key: 'one', path: 'one', kind: 'terraform', workspace: 'default', dependsOn: [] };
    await store.resources.declared(REPO, 'two', [WEB], minute(3));
    await store.stacks.discovered(REPO, [one], { complete: true });
    expect((await store.resources.naming('web')).map(({ stackKey }) => stackKey)).toEqual(['one']);
    await store.stacks.forgetOtherRepos(['another']);
    expect(await store.resources.naming('web')).toEqual([]);
  });
});
