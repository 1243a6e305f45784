import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aRepo, createTestCache, createTestRepo, type TestCache, type TestRepo } from '../support/git.ts';

describe('the Git cache on a local repository', () => {
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

  it('resolves the default branch and checks its newest commit out', async () => {
    const sha = await repo.commit({ 'envs/prod/main.tf': '# one\n' });
    const settings = aRepo(repo.path);

    expect(await test.cache.resolve(settings, {})).toEqual({ commit: sha, branch: 'main' });
    const checkout = await test.cache.checkout(settings, sha);

    expect(await readFile(join(checkout.path, 'envs/prod/main.tf'), 'utf8')).toBe('# one\n');
    expect(checkout.warnings).toEqual([]);
    await checkout.release();
  });

  it('gives a work tree without write permission, and keeps it after the release', async () => {
    const sha = await repo.commit({ 'a/run.sh': 'echo\n' });
    const checkout = await test.cache.checkout(aRepo(repo.path), sha);

    for (const path of ['.', 'a', 'a/run.sh', '.git', '.git/HEAD']) {
      expect({ path, mode: (await stat(join(checkout.path, path))).mode & 0o222 }).toEqual({ path, mode: 0 });
    }
    await checkout.release();
    await checkout.release();
    expect(existsSync(checkout.path)).toBe(true);
  });
});
