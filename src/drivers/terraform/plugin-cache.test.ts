import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withFileLock } from '../../util/file-lock.ts';
import { asOnlyWriter, type CacheWait } from './plugin-cache.ts';

describe('asOnlyWriter', () => {
  let folder: string;
  let cache: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plumbline-cache-'));
    cache = join(folder, 'plugins');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const aWait = (overrides: Partial<CacheWait> = {}): CacheWait => ({
    signal: new AbortController().signal,
    patienceMs: 60_000,
    onWait: () => undefined,
    ...overrides,
  });
  const run = (wait: CacheWait) =>
    asOnlyWriter(
      cache,
      wait,
      async () => 'with the cache',
      async () => 'without it',
    );

  it('goes on without the cache when its writer hangs', async () => {
    const answer = await withFileLock(`${cache}.lock`, () => run(aWait({ patienceMs: 30 })));
    expect(answer).toBe('without it');
  });

  it('uses the cache when it is free, however little patience there is', async () => {
    expect(await run(aWait())).toBe('with the cache');
  });

  it('ends when it is cancelled while it waits, and does no work then', async () => {
    const stop = new AbortController();
    const wait = aWait({ signal: stop.signal, onWait: () => stop.abort(new Error('stopped')) });
    await withFileLock(`${cache}.lock`, () => expect(run(wait)).rejects.toThrow('stopped'));
  });

  it('passes on what the work itself fails with', async () => {
    const failing = asOnlyWriter(
      cache,
      aWait(),
      () => Promise.reject(new Error('init failed')),
      async () => 'without it',
    );
    await expect(failing).rejects.toThrow('init failed');
  });
});
