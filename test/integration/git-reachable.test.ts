import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startGitHttpServer, type GitHttpServer } from '../support/git-http.ts';
import {
  aRepo,
  createTestCache,
  createTestRepo,
  everythingUnder,
  failureOf,
  type TestCache,
  type TestRepo,
} from '../support/git.ts';

describe('commits that are asked for by their name', () => {
  let repo: TestRepo;
  let test: TestCache;
  let server: GitHttpServer;

  beforeEach(async () => {
    repo = await createTestRepo();
    test = await createTestCache();
    server = await startGitHttpServer({ root: dirname(repo.path) });
  });
  afterEach(async () => {
    await server.close();
    await repo.remove();
    await test.remove();
  });

  /** A commit that the host has and gives to whoever asks, but that no branch leads to: as those of forks on GitHub. */
  async function commitOfFork(parent: string): Promise<string> {
    const tree = (await repo.git(['rev-parse', `${parent}^{tree}`])).trim();
    return (await repo.git(['commit-tree', tree, '-p', parent, '-m', 'of a fork'])).trim();
  }

  it('refuses a commit that the host gives, but that no branch and no tag leads to', async () => {
    const first = await repo.commit({ a: '1' });
    const head = await repo.commit({ a: '2' });
    const foreign = await commitOfFork(head);
    await repo.git(['update-ref', 'refs/pull/1/head', foreign]);
    const settings = aRepo(server.url('repo.git'));
    for (let time = 0; time < 2; time += 1) {
      const error = await failureOf(test.cache.resolve(settings, { commit: foreign }));
      expect(error).toMatchObject({ code: 'commit_not_found', retryable: false });
      expect(error.message).toContain(`Commit ${foreign} is in no branch and no tag of ${settings.url}`);
    }
    expect((await everythingUnder(test.rootDir)).includes(foreign)).toBe(false);
    expect((await test.cache.resolve(settings, { commit: first })).commit).toBe(first);
    await repo.git(['update-ref', 'refs/heads/merged', foreign]);
    expect((await test.cache.resolve(settings, { commit: foreign })).commit).toBe(foreign);
  });

  it('refuses a commit of a fork also where the mirror has it, by its abbreviation as well', async () => {
    const foreign = await commitOfFork(await repo.commit({ a: '1' }));
    const settings = aRepo(server.url('repo.git'));
    await (await test.cache.checkout(settings, foreign)).release();
    for (const commit of [foreign, foreign.slice(0, 9)])
      expect(await failureOf(test.cache.resolve(settings, { commit }))).toMatchObject({
        code: 'commit_not_found',
      });
  });

  it('takes a commit that only a tag leads to', async () => {
    await repo.commit({ a: '1' });
    const released = await repo.commit({ a: '2' }, { branch: 'release' });
    const older = (await repo.git(['rev-parse', 'release^'])).trim();
    await repo.git(['tag', '-a', 'v1', '-m', 'v1', released]);
    await repo.git(['update-ref', '-d', 'refs/heads/release']);
    await repo.git(['update-ref', '-d', 'refs/heads/main']);
    const settings = aRepo(server.url('repo.git'));
    expect((await test.cache.resolve(settings, { commit: released })).commit).toBe(released);
    expect((await test.cache.resolve(settings, { commit: older })).commit).toBe(older);
  });

  it('takes a commit that a force push removed where it is on record', async () => {
    const old = await repo.commit({ a: '1' });
    const settings = aRepo(server.url('repo.git'));
    const head = await repo.commit({ b: '1' }, { branch: 'rewritten' });
    const kept = await commitOfFork(head);
    const asked: string[] = [];
    const recorded = async (commit: string) => {
      asked.push(commit);
      return commit === kept;
    };
    expect((await test.cache.resolve(settings, { commit: kept, recorded })).commit).toBe(kept);
    expect(asked).toEqual([kept]);
    expect((await test.cache.resolve(settings, { commit: kept })).commit).toBe(kept);
    expect((await test.cache.resolve(settings, { commit: old, recorded })).commit).toBe(old);
  });

  it('asks the host nothing more for a commit that was named before, and needs no graph for the newest', async () => {
    await repo.commit({ a: '1' });
    const head = await repo.commit({ a: '2' });
    const settings = aRepo(server.url('repo.git'));
    await test.cache.resolve(settings, { commit: head });
    const [folder = ''] = await readdir(join(test.rootDir, settings.name));
    expect(existsSync(join(test.rootDir, settings.name, folder, 'history.git'))).toBe(false);
    const before = server.requests.length;
    await test.cache.resolve(settings, { commit: head });
    expect(server.requests.length).toBe(before);
  });
});
