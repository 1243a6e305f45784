import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { withFileLock } from '../util/file-lock.ts';
import { sweepData } from './data-sweep.ts';

const NOW = new Date('2026-03-10T00:00:00Z');
const DAY_MS = 86_400_000;

describe('sweepData', () => {
  let dataDir: string;
  let store: Store;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'plumbline-sweep-'));
    store = await openStore({ url: null, dataDir });
  });
  afterEach(async () => {
    await store.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const folder = async (path: string, ageMs: number) => {
    await mkdir(join(dataDir, path), { recursive: true });
    await writeFile(join(dataDir, path, 'plan.bin'), 'x');
    const at = new Date(NOW.getTime() - ageMs);
    await utimes(join(dataDir, path), at, at);
  };
  const sweep = () => sweepData({ dataDir, store, now: () => NOW });
  const settings = { scan: { timeoutMs: 1_800_000, graceMs: 10_000 } };

  it('removes the data of stacks that are gone, and keeps what is known, young or in use', async () => {
    const stack = { kind: 'terraform', workspace: 'default', dependsOn: [] };
    const known = ['envs/prod', 'envs'].map((key) => ({ ...stack, key, path: key }));
    await store.stacks.discovered('infra', known, { complete: true });
    for (const name of ['envs~2fprod', 'envs', 'gone', 'used'])
      await folder(`stacks/infra/${name}`, 8 * DAY_MS);
    await folder('stacks/infra/new', DAY_MS);
    await folder('stacks/removed-repo/envs', 8 * DAY_MS);
    await withFileLock(join(dataDir, 'stacks/infra/used.lock'), sweep);
    const left = (await readdir(join(dataDir, 'stacks/infra'))).filter((name) => !name.endsWith('.lock'));
    expect(left.toSorted()).toEqual(['envs', 'envs~2fprod', 'new', 'used']);
    expect(await readdir(join(dataDir, 'stacks/removed-repo'))).toEqual(['envs.lock']);
  });

  it('keeps what is in use by the lock that the branches of an entry share', async () => {
    await folder('stacks/infra@x/used', 8 * DAY_MS);
    await withFileLock(join(dataDir, 'stacks/infra/used.lock'), sweep);
    expect(await readdir(join(dataDir, 'stacks/infra@x'))).toEqual(['used']);
    await sweep();
    expect(await readdir(join(dataDir, 'stacks/infra@x'))).toEqual([]);
  });

  it('removes what killed attempts left, which may be a plan in the clear, and nothing of those that run', async () => {
    await store.configs.publish(settings as never, NOW.toISOString());
    await folder('scratch/killed-1', DAY_MS);
    await folder('scratch/running-1', 3_600_000);
    await sweep();
    expect(await readdir(join(dataDir, 'scratch'))).toEqual(['running-1']);
  });

  it('does nothing where nothing was planned yet', async () => {
    await expect(sweep()).resolves.toBeUndefined();
  });
});
