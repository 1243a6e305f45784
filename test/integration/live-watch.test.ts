import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Driver } from '../../src/drivers/driver.ts';
import type { WatchContext, WatchedStack } from '../../src/drivers/stack-watch.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { createMetrics } from '../../src/util/metrics.ts';
import { watchLive } from '../../src/workers/live-watch.ts';
import type { RepoRequest } from '../../src/workflows/inputs.ts';
import { anEnvironment } from '../support/environments.ts';
import { aFakeDriver } from '../support/fake-driver.ts';
import { testLog } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings } from '../support/workers.ts';

const REPO = aRepo({ name: 'shop' });
/** How much faster than ours the clock of leases runs. */
const PACE = 20;

let store: Store;
let dataDir: string;
const ends: (() => Promise<void>)[] = [];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'plumbline-live-'));
  store = await openStore({ url: null, dataDir });
  const stack = (path: string) => ({ key: path, kind: 'fake', path, workspace: 'default', dependsOn: [] });
  await store.stacks.discovered('shop', [stack('a'), stack('envs/production')], { complete: true });
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await store.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** A driver that watches when its options say so, and who follows it now. */
function aWatchedDriver() {
  const following: { worker: string; context: WatchContext }[] = [];
  const driver = (worker: string): Driver => ({
    ...aFakeDriver([]),
    options: z.object({ watch: z.boolean().default(false) }),
    watch: {
      targets: (options) =>
        (options as { watch: boolean }).watch ? [{ name: 'home', covers: () => true }] : [],
      follow: (_target, context) => {
        const one = { worker, context };
        following.push(one);
        const ended = new Promise<void>((resolve) =>
          context.signal.addEventListener('abort', () => resolve()),
        );
        void ended.then(() => following.splice(following.indexOf(one), 1));
        return { take: () => ['Thing/one'], ended };
      },
    },
  });
  return { following, driver };
}

async function publish(drivers: Record<string, unknown>): Promise<void> {
  const environments = [anEnvironment('production', { queue: 'stacks-production' })];
  await store.configs.publish(publishedSettings([REPO], { environments, drivers }), new Date().toISOString());
}

const startedAt = performance.now();
const now = () => new Date(Date.UTC(2026, 2, 4) + (performance.now() - startedAt) * PACE);

function start(driver: Driver, worker: string, queues = ['stacks', 'stacks-production']) {
  const asked: RepoRequest[] = [];
  const end = watchLive({
    store,
    drivers: [driver],
    metrics: createMetrics(),
    log: testLog(),
    toolEnv: {},
    worker,
    commonQueue: 'stacks',
    queues,
    now,
    request: async (_repo, request) => void asked.push(request),
  });
  ends.push(end);
  return { asked, end };
}

const keysOf = (stacks: readonly WatchedStack[]) => stacks.map(({ key }) => key);

describe('workers that could watch the same', () => {
  it('have one that does, whose change becomes one request; the next takes over when it ends', async () => {
    await publish({ fake: { watch: true } });
    const { following, driver } = aWatchedDriver();
    const first = start(driver('one'), 'one:1');
    await waitFor('the first', () => following.length === 1);
    const second = start(driver('two'), 'two:2');
    following[0]!.context.onAlive();
    following[0]!.context.onChange({ repo: 'shop', key: 'a' });
    await waitFor('the request', () => first.asked.length > 0);
    expect(first.asked).toMatchObject([{ kind: 'scan', stacks: ['a'], trigger: 'watch' }]);
    await waitFor('what is said of it', async () => (await store.watches.list())[0]?.aliveAt);
    expect(following.map(({ worker }) => worker)).toEqual(['one']);
    await first.end();
    await waitFor('the second', () => following[0]?.worker === 'two');
    expect(second.asked).toEqual([]);
    expect(await store.watches.list()).toMatchObject([{ target: 'fake/home', worker: 'two:2', stacks: 2 }]);
  });

  it('take over from one that vanished once its lease has ended', async () => {
    await publish({ fake: { watch: true } });
    const gone = { target: 'fake/home', worker: 'gone:9', stacks: 2, aliveAt: null, error: null };
    const until = new Date(now().getTime() + 60_000).toISOString();
    await store.watches.keep(gone, { at: now().toISOString(), until });
    const { following, driver } = aWatchedDriver();
    start(driver('one'), 'one:1');
    await waitFor('the takeover', () => following.length === 1);
    expect(now().getTime()).toBeGreaterThan(Date.parse(until));
  });

  it('watch the stacks of the queues that they serve, and follow a config that no longer wants it', async () => {
    await publish({ fake: { watch: true } });
    const { following, driver } = aWatchedDriver();
    start(driver('one'), 'one:1', ['stacks-production']);
    await waitFor('the watch', () => following.length === 1);
    expect(keysOf(following[0]!.context.stacks())).toEqual(['envs/production']);
    await publish({ fake: {} });
    await waitFor('its end', () => following.length === 0);
    await waitFor('the lease', async () => (await store.watches.list()).length === 0);
  });
});
