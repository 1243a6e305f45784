import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { areWhole, markedAsFilling } from './whole-providers.ts';

/** Longer than what a file system's clock can't tell apart. */
const TICK_MS = 50;

describe('areWhole', () => {
  let root: string;
  let cache: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'plumbline-whole-'));
    cache = join(root, 'plugins');
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const make = async (name: string) => {
    await mkdir(join(cache, name), { recursive: true });
    await delay(TICK_MS);
  };
  const whole = (...names: string[]) =>
    areWhole(
      cache,
      names.map((name) => join(cache, name)),
    );
  const dies = async (name: string) => {
    const writer = markedAsFilling(cache, async () => {
      await make(name);
      throw new Error('died');
    });
    await expect(writer).rejects.toThrow('died');
  };

  it('trusts no folder that is not there', async () => {
    await make('a');
    expect(await whole('a', 'b')).toBe(false);
  });

  it('trusts what was there before a writer began, and what that one makes only when it has ended', async () => {
    await make('a');
    await markedAsFilling(cache, async () => {
      await make('b');
      expect([await whole('a'), await whole('b')]).toEqual([true, false]);
    });
    expect(await whole('a', 'b')).toBe(true);
  });

  it('distrusts what a writer has left that died, also while the next one repairs it', async () => {
    await dies('a');
    expect(await whole('a')).toBe(false);
    await markedAsFilling(cache, async () => expect(await whole('a')).toBe(false));
    expect(await whole('a')).toBe(true);
  });
});
