import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PlumblineError } from '../../util/errors.ts';
import { withFileLock } from '../../util/file-lock.ts';
import { initInTurn, type CacheUse, type CacheWait } from './plugin-cache.ts';

describe('initInTurn', () => {
  let folder: string;
  let cache: string;
  let ran: string[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plumbline-cache-'));
    cache = join(folder, 'plugins');
    ran = [];
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const aWait = (overrides: Partial<CacheWait> = {}): CacheWait => ({
    signal: new AbortController().signal,
    patienceMs: 60_000,
    onWait: () => undefined,
    ...overrides,
  });
  const init = (use: Partial<CacheUse> = {}) =>
    initInTurn({
      cacheDir: cache,
      wait: aWait(),
      isFilled: async () => false,
      run: async () => void ran.push((await isLocked()) ? 'as the only writer' : 'beside others'),
      runAlone: async () => void ran.push('without the cache'),
      ...use,
    });
  const isLocked = async () =>
    await withFileLock(`${cache}.lock`, async () => false, { signal: AbortSignal.timeout(300) }).catch(
      () => true,
    );

  it('fills the cache as its only writer, and runs beside others where all is there', async () => {
    await init();
    await init({ isFilled: async () => true });
    expect(ran).toEqual(['as the only writer', 'beside others']);
  });

  it('runs beside others when a writer has filled the cache meanwhile', async () => {
    const filled = [false, true];
    await init({ isFilled: async () => filled.shift()! });
    expect(ran).toEqual(['beside others']);
  });

  it.each([
    ['at once', [true]],
    ['after a wait', [false, true]],
  ])('runs again as a writer when another took a provider away (beside others %s)', async (_, filled) => {
    const answers = [...filled];
    await init({
      isFilled: async () => answers.shift() ?? false,
      run: async () => {
        ran.push((await isLocked()) ? 'as the only writer' : 'beside others');
        if (ran.length === 1) throw new PlumblineError('provider_failed', 'provider binary not found');
      },
    });
    expect(ran).toEqual(['beside others', 'as the only writer']);
  });

  it('says what else an init beside others failed with', async () => {
    const run = () => Promise.reject(new PlumblineError('auth_failed', 'no credentials'));
    await expect(init({ isFilled: async () => true, run })).rejects.toThrow('no credentials');
  });

  it('goes on without the cache when its writer hangs', async () => {
    await withFileLock(`${cache}.lock`, () => init({ wait: aWait({ patienceMs: 30 }) }));
    expect(ran).toEqual(['without the cache']);
  });

  it('ends when it is cancelled while it waits, and does no work then', async () => {
    const stop = new AbortController();
    const wait = aWait({ signal: stop.signal, onWait: () => stop.abort(new Error('stopped')) });
    await withFileLock(`${cache}.lock`, () => expect(init({ wait })).rejects.toThrow('stopped'));
    expect(ran).toEqual([]);
  });

  it('passes on what the only writer fails with', async () => {
    const run = () => Promise.reject(new Error('init failed'));
    await expect(init({ run })).rejects.toThrow('init failed');
  });
});
