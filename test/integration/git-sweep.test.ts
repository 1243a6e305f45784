import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGitCache } from '../../src/git/git-cache.ts';
import { aRepo, createTestCache, createTestRepo, type TestCache, type TestRepo } from '../support/git.ts';

const CHILD = fileURLToPath(new URL('../support/git-checkout-process.ts', import.meta.url));
const LONG_AGO = new Date('2020-01-01T00:00:00Z');

describe('sweeping the Git cache', () => {
  let repo: TestRepo;
  let test: TestCache;

  beforeEach(async () => {
    repo = await createTestRepo();
    test = await createTestCache();
  });
  afterEach(async () => {
    await repo.remove();
    await test.remove();
  });

  /** The folder of the one repository. */
  async function sourceFolder(): Promise<string> {
    const [source = ''] = await readdir(join(test.rootDir, 'my-infra'));
    return join(test.rootDir, 'my-infra', source);
  }

  /** As if nothing had been used for years. */
  async function age(): Promise<void> {
    const seen = join(await sourceFolder(), 'seen');
    for (const name of await readdir(seen)) await utimes(join(seen, name), LONG_AGO, LONG_AGO);
  }

  async function checkedOut(content: string) {
    const sha = await repo.commit({ file: content });
    return await test.cache.checkout(aRepo(repo.path), sha);
  }

  it('keeps what was used lately', async () => {
    const tree = await checkedOut('1');
    await tree.release();
    expect(await test.cache.sweep()).toEqual({ removedTrees: 0, sizeBytes: 1 });
    expect(existsSync(tree.path)).toBe(true);
  });

  it('removes what nobody used for long, which can be made again', async () => {
    const tree = await checkedOut('1');
    await tree.release();
    await age();
    expect(await test.cache.sweep()).toEqual({ removedTrees: 1, sizeBytes: 0 });
    expect(existsSync(tree.path)).toBe(false);
    const { commit } = await test.cache.resolve(aRepo(repo.path), {});
    const again = await test.cache.checkout(aRepo(repo.path), commit);
    expect(existsSync(join(again.path, 'file'))).toBe(true);
    await again.release();
  });

  it('keeps what is in use, however old, and removes it after the release', async () => {
    const tree = await checkedOut('1');
    await age();
    expect((await createGitCache(test.options).sweep()).removedTrees).toBe(0);
    expect(existsSync(join(tree.path, 'file'))).toBe(true);
    await tree.release();
    await age();
    expect((await test.cache.sweep()).removedTrees).toBe(1);
  });

  it('keeps what another process uses, until that process ends, however it ends', async () => {
    const sha = await repo.commit({ file: '1' });
    const job = { sha, rootDir: test.rootDir, home: test.home, url: repo.path };
    const child = fork(CHILD, [JSON.stringify(job)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const ended = once(child, 'exit');
    await once(child, 'message');
    await age();
    expect((await test.cache.sweep()).removedTrees).toBe(0);
    child.kill('SIGKILL');
    await ended;
    expect((await test.cache.sweep()).removedTrees).toBe(1);
  });

  it('removes the least recently used first when there is too much', async () => {
    const cache = createGitCache({ ...test.options, limits: { maxBytes: 10 } });
    const old = await checkedOut('12345678');
    await old.release();
    await age();
    const recent = await checkedOut('abcdefgh');
    await recent.release();
    expect(await cache.sweep()).toEqual({ removedTrees: 1, sizeBytes: 8 });
    expect(existsSync(old.path)).toBe(false);
    expect(existsSync(recent.path)).toBe(true);
  });

  it('lets go of commits that nobody asked for lately', async () => {
    const tree = await checkedOut('1');
    await tree.release();
    await age();
    const recent = await checkedOut('2');
    await recent.release();
    await test.cache.sweep();
    const mirror = join(await sourceFolder(), 'mirror.git');
    const refs = await repo.git(['--git-dir', mirror, 'for-each-ref', '--format=%(refname)']);
    expect(refs.trim().split('\n')).toHaveLength(1);
  });

  it('removes everything of a repository that is not used any more, and what killed processes left', async () => {
    const tree = await checkedOut('1');
    await tree.release();
    const folder = await sourceFolder();
    await mkdir(join(folder, 'unfinished', `${'a'.repeat(40)}.0`, 'tree'), { recursive: true });
    await age();
    await test.cache.sweep();
    expect(existsSync(join(folder, 'mirror.git'))).toBe(false);
    expect(await readdir(join(folder, 'unfinished'))).toEqual([]);
    expect(await readdir(join(folder, 'trees'))).toEqual([]);
  });

  it('of nothing does nothing', async () => {
    expect(await test.cache.sweep()).toEqual({ removedTrees: 0, sizeBytes: 0 });
  });
});
