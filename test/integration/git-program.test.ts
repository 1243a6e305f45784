import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ToolSettings } from '../../src/domain/settings.ts';
import { createWorkbenches } from '../../src/workers/workbench.ts';
import { aSettings } from '../support/api-settings.ts';
import {
  aRepo,
  createTestCache,
  createTestRepo,
  failureOf,
  type TestCache,
  type TestRepo,
} from '../support/git.ts';
import { testLog } from '../support/temporal.ts';

const REAL_GIT = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
const CALL = { signal: new AbortController().signal, onProgress: () => undefined };

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

/** A git that notes how it was called. Its folder has a space, as those of people have. */
async function aWrapper(version = ''): Promise<{ path: string; calls: () => Promise<string> }> {
  const folder = join(test.home, 'my programs');
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'git-wrapper');
  const log = join(folder, 'calls');
  const answer = version === '' ? '' : `[ "$1" = --version ] && echo "git version ${version}" && exit 0\n`;
  await writeFile(path, `#!/bin/sh\necho "$@" >> '${log}'\n${answer}exec ${REAL_GIT} "$@"\n`);
  await chmod(path, 0o755);
  return { path, calls: () => readFile(log, 'utf8') };
}

/** What activities get under a config that says this of git; the git on PATH is broken. */
async function gitWith(settings: Partial<ToolSettings>, onPath = 'exit 99', others = ':/usr/bin:/bin') {
  const bin = join(test.home, 'bin');
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, 'git'), `#!/bin/sh\n${onPath}\n`);
  await chmod(join(bin, 'git'), 0o755);
  const { workbench } = createWorkbenches({
    ...test.options,
    baseEnv: { ...test.options.baseEnv, PATH: `${bin}${others}` },
    dataDir: test.rootDir,
    cacheDir: join(test.home, 'cache'),
    log: testLog(),
  });
  const { published } = aSettings();
  const tools = { git: { path: null, version: null, releasesUrl: null, ...settings } };
  return workbench({ ...published, gitAllowLocal: true, toolchain: { ...published.toolchain, tools } }).git;
}

describe('the git that the config names', () => {
  it('does everything: asking a host, fetching, making trees, reading history, checking signatures', async () => {
    const wrapper = await aWrapper();
    const git = await gitWith({ path: wrapper.path });
    const settings = aRepo(repo.path);
    const base = await repo.commit({ 'a.tf': '# one\n' });
    await repo.commit({ 'a.tf': '# two\n' });
    const { commit } = await git.resolve(settings, {}, CALL);
    const tree = await git.checkout(settings, commit, CALL);
    expect(await readFile(join(tree.path, 'a.tf'), 'utf8')).toBe('# two\n');
    await tree.release();
    const since = await git.changesSince(settings, { base, commit, paths: [] }, CALL);
    expect(since.files).toEqual(['a.tf']);
    const unsigned = await git.unsignedCommits(
      settings,
      { base, commit },
      aSettings().published.commits,
      CALL,
    );
    expect(unsigned).toHaveLength(1);
    const calls = await wrapper.calls();
    for (const command of ['ls-remote', 'fetch', 'init', 'checkout', 'ls-tree', 'log', 'config --global'])
      expect(calls).toMatch(new RegExp(`^${command} `, 'm'));
  });

  it('is asked for the machine’s own SSH command', async () => {
    const wrapper = await aWrapper();
    const git = await gitWith({ path: wrapper.path });
    await failureOf(git.resolve(aRepo('ssh://git@127.0.0.1:1/a.git'), {}, CALL));
    expect(await wrapper.calls()).toContain('config --get core.sshCommand');
  });

  it('is refused when it is older than what Plumbline can speak to', async () => {
    const { path } = await aWrapper('2.30.2');
    const git = await gitWith({ path });
    const failure = await failureOf(git.resolve(aRepo(repo.path), {}, CALL));
    expect(failure.code).toBe('tool_not_found');
    expect(failure.message).toContain('toolchain.git.path');
    expect(failure.message).toContain('it is 2.30.2, and >= 2.31 is needed');
  });
});

describe('the git on PATH', () => {
  it('is refused when it is too old, with the ways out', async () => {
    const git = await gitWith({}, 'echo "git version 2.30.2"', '');
    const failure = await failureOf(git.resolve(aRepo(repo.path), {}, CALL));
    expect(failure.code).toBe('tool_not_found');
    expect(failure.message).toContain('is 2.30.2, and >= 2.31 is needed');
    expect(failure.message).toContain('toolchain.git.path');
  });

  it('is passed over for the next one when it does not meet the version that the config wants', async () => {
    const git = await gitWith({ version: '!= 2.99.0' }, 'echo "git version 2.99.0"');
    const settings = aRepo(repo.path);
    const sha = await repo.commit({ 'a.tf': '# one\n' });
    expect(await git.resolve(settings, {}, CALL)).toMatchObject({ commit: sha });
  });
});
