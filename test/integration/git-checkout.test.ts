import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGitCache } from '../../src/git/git-cache.ts';
import {
  aRepo,
  createTestCache,
  createTestRepo,
  failureOf,
  type TestCache,
  type TestRepo,
} from '../support/git.ts';

const CHILD = fileURLToPath(new URL('../support/git-checkout-process.ts', import.meta.url));
const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`;

describe('the work tree of a commit', () => {
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

  it('is a repository at that commit, without a remote, that Git finds clean', async () => {
    const sha = await repo.commit({ 'a/main.tf': 'x', 'run.sh': '#!/bin/sh\n', link: { link: 'a/main.tf' } });
    const { path, release } = await test.cache.checkout(aRepo(repo.path), sha);
    const git = (...args: string[]) =>
      execFileSync('git', args, {
        cwd: path,
        encoding: 'utf8',
        env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' },
      }).trim();
    expect(git('rev-parse', 'HEAD')).toBe(sha);
    expect(git('rev-parse', '--show-toplevel')).toBe(path);
    expect(git('status', '--porcelain')).toBe('');
    expect(git('remote')).toBe('');
    await release();
  });

  it('is shared by those who use it at once, and made once', async () => {
    const sha = await repo.commit({ a: '1' });
    const settings = aRepo(repo.path);
    const trees = await Promise.all(
      Array.from({ length: 5 }, async () => await test.cache.checkout(settings, sha)),
    );
    expect(new Set(trees.map(({ path }) => path)).size).toBe(1);
    expect(test.logged.filter((line) => line.includes('work tree made'))).toHaveLength(1);
    await Promise.all(trees.map(async ({ release }) => await release()));
  });

  it('holds the same bytes whatever the machine is configured to do with them', async () => {
    const sha = await repo.commit({
      'a.txt': 'one\ntwo\n',
      '.gitattributes': '*.txt filter=shout text=auto\n',
    });
    await writeFile(
      join(test.home, '.gitconfig'),
      '[core]\n\tautocrlf = true\n\thooksPath = hooks\n[filter "shout"]\n\tsmudge = tr a-z A-Z\n\trequired = true\n',
    );
    const tree = await test.cache.checkout(aRepo(repo.path), sha);
    expect(await readFile(join(tree.path, 'a.txt'), 'utf8')).toBe('one\ntwo\n');
    await tree.release();
  });

  it('keeps the files that Git would run, and their links, but follows no link', async () => {
    const sha = await repo.commit({
      'bin/run': '#!/bin/sh\n',
      'x/link': { link: '../bin/run' },
      dangling: { link: 'no/where' },
    });
    const tree = await test.cache.checkout(aRepo(repo.path), sha);
    expect(await readlink(join(tree.path, 'x/link'))).toBe('../bin/run');
    expect((await lstat(join(tree.path, 'dangling'))).isSymbolicLink()).toBe(true);
    await tree.release();
  });

  it.each([
    ['absolute', { evil: { link: '/etc/passwd' } }, 'evil'],
    ['relative', { 'a/b/evil': { link: '../../../secret' } }, 'a/b/evil'],
    ['by way of another link', { 'a/here': { link: '..' }, evil: { link: 'a/here/..' } }, 'evil'],
  ])('is refused with a link that leaves it (%s), naming the link', async (_, files, link) => {
    const sha = await repo.commit({ ok: 'x', ...files });
    const error = await failureOf(test.cache.checkout(aRepo(repo.path), sha));
    expect(error).toMatchObject({ code: 'git_unsafe_tree', retryable: false, details: { link } });
    expect(error.message).toContain(`${link} -> `);
    expect(await treesIn(test.rootDir)).toEqual([]);
  });

  it('warns of Git LFS pointers, and gives them as they are', async () => {
    const sha = await repo.commit({
      'big/file.zip': POINTER,
      'note.md': `${POINTER} is what a pointer looks like`.slice(1),
    });
    const tree = await test.cache.checkout(aRepo(repo.path), sha);
    expect(tree.warnings).toEqual([expect.stringMatching(/LFS.*big\/file\.zip\.$/)]);
    await tree.release();
    // Also when the tree was there already.
    const again = await test.cache.checkout(aRepo(repo.path), sha);
    expect(again.warnings).toEqual(tree.warnings);
    await again.release();
  });

  it('copes with 2,000 stacks', async () => {
    const files = Array.from(
      { length: 2000 },
      (_, index) => `M 644 inline stacks/s${index}/main.tf\ndata 12\n# stack file\n`,
    );
    await repo.git(
      ['fast-import', '--quiet'],
      `commit refs/heads/main\ncommitter T <t@example.com> 1700000000 +0000\ndata 1\nx\n${files.join('')}`,
    );
    const settings = aRepo(repo.path);
    const { commit } = await test.cache.resolve(settings, {});
    const tree = await test.cache.checkout(settings, commit);
    expect(await readdir(join(tree.path, 'stacks'))).toHaveLength(2000);
    await tree.release();
  });

  it('is made once by two processes that want it at once', async () => {
    const sha = await repo.commit(
      Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`d${index}/f`, `${index}`])),
    );
    const answers = await Promise.all([1, 2].map(async () => await checkOutElsewhere({ sha })));
    expect(new Set(answers.map(({ path }) => path)).size).toBe(1);
    expect(await readdir(join(answers[0]?.path ?? '', 'd49'))).toEqual(['f']);
    for (const { child } of answers) child.send('release');
    await Promise.all(answers.map(async ({ ended }) => await ended));
  });

  it('is not left broken by a process that is killed while making it', async () => {
    const sha = await repo.commit({ 'a/main.tf': 'x' });
    const settings = aRepo(repo.path);
    // The other process stops for good in the middle: its git waits for a lock that nobody gives back.
    const stuck = await checkOutElsewhere({ sha, stopWhenUnfinished: true });
    stuck.child.kill('SIGKILL');
    await stuck.ended;
    expect(await treesIn(test.rootDir)).toEqual([]);

    const tree = await test.cache.checkout(settings, sha);
    expect(await readFile(join(tree.path, 'a/main.tf'), 'utf8')).toBe('x');
    await tree.release();
  });

  it('replaces what a killed process left unfinished', async () => {
    const sha = await repo.commit({ 'a/main.tf': 'x' });
    const settings = aRepo(repo.path);
    await test.cache.resolve(settings, {});
    const [source = ''] = await readdir(join(test.rootDir, settings.name));
    const left = join(test.rootDir, settings.name, source, 'unfinished', `${sha}.0`, 'tree');
    await mkdir(left, { recursive: true });
    await writeFile(join(left, 'half'), 'a fi');
    const tree = await test.cache.checkout(settings, sha);
    expect((await readdir(tree.path)).sort()).toEqual(['.git', 'a']);
    expect(await readdir(join(test.rootDir, settings.name, source, 'unfinished'))).toEqual([]);
    await tree.release();
  });

  it('asks for a full SHA', async () => {
    await repo.commit({ a: '1' });
    expect(await failureOf(test.cache.checkout(aRepo(repo.path), 'abcdef1'))).toMatchObject({
      code: 'git_ref_refused',
    });
    expect(await failureOf(test.cache.checkout(aRepo(repo.path), '0'.repeat(40)))).toMatchObject({
      code: 'commit_not_found',
    });
  });

  it('of a repository whose URL was changed is not taken from the old one', async () => {
    const other = await createTestRepo();
    try {
      const sha = await repo.commit({ a: '1' });
      await other.commit({ b: '1' });
      await (await test.cache.checkout(aRepo(repo.path), sha)).release();
      expect(await failureOf(test.cache.checkout(aRepo(other.path), sha))).toMatchObject({
        code: 'commit_not_found',
      });
    } finally {
      await other.remove();
    }
  });

  it('is not made when the work is cancelled first, and can be made afterwards', async () => {
    const sha = await repo.commit({ a: '1' });
    const settings = aRepo(repo.path);
    const cancel = new AbortController();
    cancel.abort();
    expect(await failureOf(test.cache.checkout(settings, sha, { signal: cancel.signal }))).toMatchObject({
      code: 'cancelled',
    });
    await (await createGitCache(test.options).checkout(settings, sha)).release();
    expect(existsSync(test.rootDir)).toBe(true);
  });

  /** Checks out in a process of its own; comes back when that has its tree (or has stopped half-way). */
  async function checkOutElsewhere(job: { sha: string; stopWhenUnfinished?: boolean }) {
    const child = fork(
      CHILD,
      [JSON.stringify({ ...job, rootDir: test.rootDir, home: test.home, url: repo.path })],
      {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      },
    );
    const ended = once(child, 'exit');
    const [path] = (await once(child, 'message')) as [string];
    return { child, ended, path };
  }
});

async function treesIn(rootDir: string): Promise<string[]> {
  const found: string[] = [];
  for (const source of await readdir(join(rootDir, 'my-infra'))) {
    found.push(...(await readdir(join(rootDir, 'my-infra', source, 'trees')).catch(() => [])));
  }
  return found;
}
