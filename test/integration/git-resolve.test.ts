import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startGitHttpServer, type GitHttpOptions, type GitHttpServer } from '../support/git-http.ts';
import {
  aRepo,
  createTestCache,
  createTestRepo,
  failureOf,
  type TestCache,
  type TestRepo,
} from '../support/git.ts';

describe('finding the commit that is meant', () => {
  let repo: TestRepo;
  let test: TestCache;
  const servers: GitHttpServer[] = [];

  beforeEach(async () => {
    repo = await createTestRepo();
    test = await createTestCache();
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map(async (server) => await server.close()));
    await repo.remove();
    await test.remove();
  });

  async function served(options: Partial<GitHttpOptions> = {}) {
    const server = await startGitHttpServer({ root: dirname(repo.path), ...options });
    servers.push(server);
    return aRepo(server.url('repo.git'));
  }

  it('sees commits that were pushed since', async () => {
    const settings = await served();
    const first = await repo.commit({ a: '1' });
    expect(await test.cache.resolve(settings, {})).toEqual({ commit: first, branch: 'main' });
    const second = await repo.commit({ a: '2' });
    expect(await test.cache.resolve(settings, {})).toEqual({ commit: second, branch: 'main' });
  });

  it('asks the host once for all who are content with what it said a moment ago', async () => {
    const first = await repo.commit({ a: '1' });
    const settings = await served();
    const [{ requests } = { requests: [] }] = servers;
    const listed = () => requests.filter(({ url }) => url.includes('info/refs')).length;
    await test.cache.resolve(settings, {});
    const before = listed();
    const lately = { maxAgeMs: 60_000 };
    const all = await Promise.all([1, 2, 3].map(() => test.cache.resolve(settings, lately)));
    expect(all.map(({ commit }) => commit)).toEqual([first, first, first]);
    const second = await repo.commit({ a: '2' });
    expect((await test.cache.resolve(settings, lately)).commit).toBe(first);
    expect(listed() - before).toBe(1);
    expect((await test.cache.resolve(settings, { branch: 'main', ...lately })).commit).toBe(second);
    expect((await test.cache.resolve(settings, {})).commit).toBe(second);
  });

  it('fetches only the commit that is asked for where the host can do that', async () => {
    await repo.commit({ a: '1' });
    await repo.commit({ a: '2' });
    const settings = await served();
    const { commit } = await test.cache.resolve(settings, {});
    const tree = await test.cache.checkout(settings, commit);
    const log = execFileSync('git', ['-C', tree.path, 'log', '--format=%H'], { encoding: 'utf8' });
    expect(log.trim()).toBe(commit);
    await tree.release();
  });

  it('tells how far a fetch is', async () => {
    await repo.commit({ a: '1' });
    const lines: string[] = [];
    await test.cache.resolve(await served(), {}, { onProgress: (line) => lines.push(line) });
    expect(lines.join('\n')).toContain('objects: 100%');
    expect(lines.every((line) => !/[\r\n]/.test(line))).toBe(true);
  });

  it('takes a branch by its name, also one with slashes and shell characters', async () => {
    await repo.commit({ a: '1' });
    const settings = await served();
    for (const branch of ['feature/x', '$(touch_x);echo', "it's", 'ünï', '%2e%2e']) {
      const sha = await repo.commit({ a: branch }, { branch });
      expect(await test.cache.resolve(settings, { branch })).toEqual({ commit: sha, branch });
    }
  });

  it('follows a branch that was force-pushed', async () => {
    const settings = await served();
    const old = await repo.commit({ a: '1' });
    await test.cache.resolve(settings, {});
    const rewritten = await repo.forcePush('main', { b: '1' });
    expect((await test.cache.resolve(settings, {})).commit).toBe(rewritten);
    const tree = await test.cache.checkout(settings, rewritten);
    await tree.release();
    // What was fetched before can still be looked at.
    expect((await test.cache.resolve(settings, { commit: old })).commit).toBe(old);
  });

  it('follows the default branch when the host changes it', async () => {
    const settings = await served();
    await repo.commit({ a: '1' });
    await test.cache.resolve(settings, {});
    const sha = await repo.commit({ a: '2' }, { branch: 'trunk' });
    await repo.git(['symbolic-ref', 'HEAD', 'refs/heads/trunk']);
    expect(await test.cache.resolve(settings, {})).toEqual({ commit: sha, branch: 'trunk' });
  });

  it('goes on after a git that was killed in the middle', async () => {
    const settings = await served();
    await repo.commit({ a: '1' });
    await test.cache.resolve(settings, {});
    const [folder = ''] = await readdir(join(test.rootDir, settings.name));
    const mirror = join(test.rootDir, settings.name, folder, 'mirror.git');
    const sha = await repo.commit({ a: '2' });
    for (const lock of ['shallow.lock', 'packed-refs.lock', `refs/plumbline/commits/${sha}.lock`]) {
      await writeFile(join(mirror, lock), '');
    }
    expect((await test.cache.resolve(settings, {})).commit).toBe(sha);
  });

  it("takes the repo's own branch before the host's default", async () => {
    const settings = await served();
    await repo.commit({ a: '1' });
    const sha = await repo.commit({ a: '2' }, { branch: 'release' });
    expect(await test.cache.resolve({ ...settings, branch: 'release' }, {})).toEqual({
      commit: sha,
      branch: 'release',
    });
  });

  it('survives a branch that becomes a folder of branches', async () => {
    const settings = await served();
    await repo.commit({ a: '1' });
    await repo.branch('x');
    await test.cache.resolve(settings, { branch: 'x' });
    await repo.git(['update-ref', '-d', 'refs/heads/x']);
    await repo.branch('x/y');
    expect((await test.cache.resolve(settings, { branch: 'x/y' })).branch).toBe('x/y');
  });

  it.each(['v2', 'v0', 'dumb'] as const)(
    'fetches an old commit by its SHA from a %s host',
    async (protocol) => {
      const first = await repo.commit({ a: '1' });
      await repo.commit({ a: '2' });
      await repo.git(['update-server-info']);
      const settings = await served({ protocol });
      expect(await test.cache.resolve(settings, {})).toMatchObject({ branch: 'main' });
      expect(await test.cache.resolve(settings, { commit: first })).toEqual({ commit: first, branch: null });
      const tree = await test.cache.checkout(settings, first.toUpperCase());
      await tree.release();
      const newest = await repo.commit({ a: '3' });
      await repo.git(['update-server-info']);
      expect((await test.cache.resolve(settings, {})).commit).toBe(newest);
    },
  );

  it.each(['v2', 'v0', 'dumb'] as const)(
    'finds a commit by its abbreviation on a %s host',
    async (protocol) => {
      const first = await repo.commit({ a: '1' });
      await repo.commit({ a: '2' }, { branch: 'other' });
      await repo.git(['update-server-info']);
      const settings = await served({ protocol });
      expect((await test.cache.resolve(settings, { commit: first.slice(0, 9) })).commit).toBe(first);
    },
  );

  it('looks an abbreviation up without fetching files where the host can leave them out', async () => {
    await repo.git(['config', 'uploadpack.allowFilter', 'true']);
    const first = await repo.commit({ 'folder/file': 'content\n' });
    await repo.commit({ 'folder/file': 'other\n' });
    const settings = await served();
    expect((await test.cache.resolve(settings, { commit: first.slice(0, 9) })).commit).toBe(first);
    const [folder] = await readdir(join(test.rootDir, settings.name));
    const history = join(test.rootDir, settings.name, folder ?? '', 'history.git');
    const all = await repo.git(['--git-dir', history, 'cat-file', '--batch-all-objects', '--batch-check']);
    expect(
      all
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[1]),
    ).toEqual(['commit', 'commit']);
  });

  it('refuses an abbreviation that fits several commits, and names them', async () => {
    // Among 2,000 commits, two share their first four digits all but surely.
    const commits = new Map<string, string>();
    let clash = '';
    await repo.commit({ a: '0' });
    const lines: string[] = [];
    for (let index = 0; index < 2000; index += 1) {
      lines.push(
        `commit refs/heads/many\ncommitter T <t@example.com> ${1_700_000_000 + index} +0000\ndata 1\nx\n`,
      );
    }
    await repo.git(['fast-import', '--quiet'], lines.join(''));
    for (const sha of (await repo.git(['rev-list', 'many'])).trim().split('\n')) {
      const start = sha.slice(0, 4);
      if (commits.has(start)) clash = start;
      commits.set(start, sha);
    }
    expect(clash).not.toBe('');
    const settings = await served();
    const error = await failureOf(test.cache.resolve(settings, { commit: clash }));
    expect(error).toMatchObject({ code: 'commit_not_found', retryable: false });
    expect(error.message).toMatch(/ambiguous.*Give more digits/s);
  });

  it.each(['v2', 'v0', 'dumb'] as const)('says that a commit is missing on a %s host', async (protocol) => {
    await repo.commit({ a: '1' });
    await repo.git(['update-server-info']);
    const settings = await served({ protocol });
    for (const commit of ['0123456789012345678901234567890123456789', '01234567']) {
      const error = await failureOf(test.cache.resolve(settings, { commit }));
      expect(error).toMatchObject({ code: 'commit_not_found', retryable: false });
      expect(error.message).toContain(commit);
    }
  });

  it('says that a branch is missing, and names those that are there', async () => {
    await repo.commit({ a: '1' });
    const settings = await served();
    const error = await failureOf(test.cache.resolve(settings, { branch: 'nowhere' }));
    expect(error).toMatchObject({ code: 'commit_not_found' });
    expect(error.message).toMatch(/no branch nowhere.*Its branches: main/);
  });

  it('says that a repository is empty', async () => {
    const settings = await served();
    await expect(test.cache.resolve(settings, {})).rejects.toMatchObject({
      code: 'repo_empty',
      retryable: false,
    });
    await expect(test.cache.resolve(settings, { branch: 'main' })).rejects.toMatchObject({
      code: 'repo_empty',
    });
    await expect(test.cache.resolve(settings, { commit: 'abcdef1' })).rejects.toMatchObject({
      code: 'commit_not_found',
    });
  });

  it('says that a repository is missing, without a retry', async () => {
    const settings = await served();
    const missing = { ...settings, url: settings.url.replace('repo.git', 'nothing.git') };
    await expect(test.cache.resolve(missing, {})).rejects.toMatchObject({
      code: 'repo_not_found',
      retryable: false,
    });
    const path = aRepo('/nowhere/at/all.git');
    await expect(test.cache.resolve(path, {})).rejects.toMatchObject({
      code: 'repo_not_found',
      retryable: false,
    });
  });

  it('says that a host is unreachable, worth a retry', async () => {
    const settings = await served();
    await servers[0]?.close();
    await expect(test.cache.resolve(settings, {})).rejects.toMatchObject({
      code: 'git_failed',
      retryable: true,
    });
  });

  it('reads a SHA-256 repository', async () => {
    const path = mkdtempSync(`${dirname(repo.path)}/sha256-`);
    await repo.git(['init', '--quiet', '--bare', '--object-format=sha256', path]);
    await repo.git(
      ['--git-dir', path, 'fast-import', '--quiet'],
      'commit refs/heads/main\ncommitter T <t@example.com> 1700000000 +0000\ndata 1\nx\nM 644 inline a\ndata 1\n1\n',
    );
    const settings = aRepo(path);
    const { commit } = await test.cache.resolve(settings, { branch: 'main' });
    expect(commit).toMatch(/^[0-9a-f]{64}$/);
    expect((await test.cache.resolve(settings, { commit: commit.slice(0, 8) })).commit).toBe(commit);
    await (await test.cache.checkout(settings, commit)).release();
  });
});
