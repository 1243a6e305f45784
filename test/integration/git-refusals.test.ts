import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGitCache, type GitCache } from '../../src/git/git-cache.ts';
import {
  aRepo,
  createTestCache,
  createTestRepo,
  failureOf,
  type TestCache,
  type TestRepo,
} from '../support/git.ts';

describe('what the Git cache refuses', () => {
  let repo: TestRepo;
  let test: TestCache;
  let strict: GitCache;
  let touched: string;

  beforeEach(async () => {
    repo = await createTestRepo();
    test = await createTestCache();
    strict = createGitCache({ ...test.options, allowLocal: false });
    touched = join(test.home, 'touched');
    await repo.commit({ a: '1' });
  });
  afterEach(async () => {
    await repo.remove();
    await test.remove();
  });

  it('URLs that run a program, whether local repositories are allowed or not', async () => {
    for (const cache of [test.cache, strict]) {
      for (const url of [
        `ext::sh -c touch% ${touched}`,
        'fd::17',
        `--upload-pack=touch ${touched}`,
        `ssh://-oProxyCommand=touch%20${touched}/x`,
      ]) {
        expect(await failureOf(cache.resolve(aRepo(url), {}))).toMatchObject({
          code: 'git_url_refused',
          retryable: false,
        });
      }
    }
    expect(existsSync(touched)).toBe(false);
  });

  it('local paths and file URLs, unless the config allows them', async () => {
    for (const url of [repo.path, `file://${repo.path}`]) {
      const error = await failureOf(strict.resolve(aRepo(url), {}));
      expect(error).toMatchObject({ code: 'git_url_refused', retryable: false });
      expect(error.message).toContain('allow_local');
      expect((await test.cache.resolve(aRepo(url), {})).branch).toBe('main');
    }
  });

  it("what the machine's own insteadOf would make of a URL, if that is not allowed", async () => {
    await writeFile(
      join(test.home, '.gitconfig'),
      `[url "ext::sh -c touch% ${touched} "]\n\tinsteadOf = https://\n`,
    );
    const error = await failureOf(strict.resolve(aRepo('https://example.invalid/x.git'), {}));
    expect(error).toMatchObject({ code: 'git_url_refused' });
    expect(existsSync(touched)).toBe(false);
  });

  it('branches and commits that are options or expressions', async () => {
    const settings = aRepo(repo.path);
    for (const branch of [
      `--upload-pack=touch ${touched}`,
      '-x',
      'a..b',
      'a b',
      'HEAD~1',
      'x*',
      '../x',
      'a\nb',
      '',
    ]) {
      expect(await failureOf(test.cache.resolve(settings, { branch }))).toMatchObject({
        code: 'git_ref_refused',
      });
    }
    for (const commit of ['--all', 'main', 'HEAD', 'abc', 'g'.repeat(40), `${'a'.repeat(40)}^{tree}`, '']) {
      expect(await failureOf(test.cache.resolve(settings, { commit }))).toMatchObject({
        code: 'git_ref_refused',
      });
    }
    expect(existsSync(touched)).toBe(false);
  });

  it('a name of a repository that would leave its folder', async () => {
    for (const name of ['..', '.', 'a/b', '']) {
      expect(await failureOf(test.cache.resolve(aRepo(repo.path, { name }), {}))).toMatchObject({
        code: 'config_invalid',
      });
    }
  });

  it('hooks of the machine and of the repository', async () => {
    const hooks = join(test.home, 'hooks');
    const script = `#!/bin/sh\ntouch ${touched}\n`;
    const sha = await repo.commit({
      'hooks/post-checkout': script,
      '.git-hooks/reference-transaction': script,
    });
    await writeFile(join(test.home, '.gitconfig'), `[core]\n\thooksPath = ${hooks}\n`);
    await (await test.cache.checkout(aRepo(repo.path), sha)).release();
    expect(existsSync(touched)).toBe(false);
  });
});

describe('submodules', () => {
  let repo: TestRepo;
  let module: TestRepo;
  let test: TestCache;

  beforeEach(async () => {
    [repo, module, test] = await Promise.all([createTestRepo(), createTestRepo(), createTestCache()]);
  });
  afterEach(async () => {
    await Promise.all([repo.remove(), module.remove(), test.remove()]);
  });

  /** A commit with submodules, some of them perhaps without an entry in .gitmodules. */
  async function commitWith(
    links: Record<string, { url?: string; sha: string }>,
    files: Record<string, string> = {},
  ) {
    const entries = Object.entries(links).filter(([, { url }]) => url !== undefined);
    const gitmodules = entries.map(
      ([path, { url }]) => `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`,
    );
    await repo.commit({ '.gitmodules': gitmodules.join(''), ...files });
    const gitlinks = Object.entries(links).map(([path, { sha }]) => `M 160000 ${sha} ${path}\n`);
    await repo.git(
      ['fast-import', '--quiet'],
      `commit refs/heads/main\ncommitter T <t@example.com> 1700000000 +0000\ndata 1\nx\nfrom refs/heads/main^0\n${gitlinks.join('')}`,
    );
    return (await repo.git(['rev-parse', 'main'])).trim();
  }

  it('are fetched when the repo asks for them, those of submodules too', async () => {
    const inner = await createTestRepo();
    try {
      const innerSha = await inner.commit({ 'deep.tf': 'deep' });
      await module.commit({
        'module.tf': 'module',
        '.gitmodules': `[submodule "i"]\n\tpath = in\n\turl = ${inner.path}\n`,
      });
      await module.git(
        ['fast-import', '--quiet'],
        `commit refs/heads/main\ncommitter T <t@example.com> 1700000000 +0000\ndata 1\nx\nfrom refs/heads/main^0\nM 160000 ${innerSha} in\n`,
      );
      const sha = await commitWith({
        'modules/m': { url: module.path, sha: (await module.git(['rev-parse', 'main'])).trim() },
      });
      const tree = await test.cache.checkout(aRepo(repo.path, { submodules: true }), sha);
      expect(await readFile(join(tree.path, 'modules/m/module.tf'), 'utf8')).toBe('module');
      expect(await readFile(join(tree.path, 'modules/m/in/deep.tf'), 'utf8')).toBe('deep');
      expect(tree.warnings).toEqual([]);
      await tree.release();
    } finally {
      await inner.remove();
    }
  });

  it('are left out otherwise, with a warning', async () => {
    const sha = await commitWith({ m: { url: module.path, sha: await module.commit({ a: '1' }) } });
    const tree = await test.cache.checkout(aRepo(repo.path), sha);
    expect(tree.warnings).toEqual([expect.stringContaining('Submodules are not fetched')]);
    expect(existsSync(join(tree.path, 'm/a'))).toBe(false);
    await tree.release();
  });

  it('are refused with a URL that a repository may not have either', async () => {
    const sha = await module.commit({ a: '1' });
    for (const url of ['ext::sh -c touch% x', '-x', 'https://user:token@example.com/x.git']) {
      const commit = await commitWith({ m: { url, sha } });
      const error = await failureOf(test.cache.checkout(aRepo(repo.path, { submodules: true }), commit));
      expect(error).toMatchObject({ code: 'git_url_refused' });
      expect(error.message).not.toContain('token@');
    }
  });

  it('are refused with a path that is an option', async () => {
    const commit = await commitWith({ '-x': { url: module.path, sha: await module.commit({ a: '1' }) } });
    const error = await failureOf(test.cache.checkout(aRepo(repo.path, { submodules: true }), commit));
    expect(error).toMatchObject({ code: 'git_unsafe_tree' });
  });

  it('stay empty without a URL, with a warning', async () => {
    const commit = await commitWith({ m: { sha: await module.commit({ a: '1' }) } });
    const tree = await test.cache.checkout(aRepo(repo.path, { submodules: true }), commit);
    expect(tree.warnings).toEqual([expect.stringContaining('m has no URL')]);
    await tree.release();
  });

  it('may link into each other, but not out of the whole', async () => {
    const settings = aRepo(repo.path, { submodules: true });
    const inside = await module.commit({ up: { link: '../main.tf' } });
    const good = await commitWith({ m: { url: module.path, sha: inside } }, { 'main.tf': 'x' });
    await (await test.cache.checkout(settings, good)).release();

    const outside = await module.commit({ up: { link: '../../main.tf' } });
    const bad = await commitWith({ m: { url: module.path, sha: outside } });
    const error = await failureOf(test.cache.checkout(settings, bad));
    expect(error).toMatchObject({ code: 'git_unsafe_tree', details: { link: 'm/up' } });
  });

  it('in a circle come to an end', async () => {
    const first = await repo.commit({ '.gitmodules': `[submodule "m"]\n\tpath = m\n\turl = ${repo.path}\n` });
    let sha = first;
    for (let depth = 0; depth < 12; depth += 1) sha = await commitWith({ m: { url: repo.path, sha } });
    const error = await failureOf(test.cache.checkout(aRepo(repo.path, { submodules: true }), sha));
    expect(error).toMatchObject({ code: 'git_unsafe_tree' });
    expect(error.message).toContain('deeper');
  });
});
