import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRevertTest, WRITE_TOKEN, type RevertTest } from '../support/git-revert.ts';
import { startSshServer, type SshServer } from '../support/git-ssh.ts';
import type { WorkClone } from '../support/git-work.ts';
import { aRepo, failureOf, type TestCache, type TestRepo } from '../support/git.ts';
import { watchProcesses } from '../support/watch-processes.ts';

describe('pushing a commit that restores paths', () => {
  let setup: RevertTest;
  let repo: TestRepo;
  let work: WorkClone;
  let test: TestCache;
  let revert: RevertTest['revert'];
  let overHttp: RevertTest['overHttp'];
  let hook: RevertTest['hook'];

  beforeEach(async () => {
    setup = await createRevertTest();
    ({ repo, work, test, revert, overHttp, hook } = setup);
  });
  afterEach(async () => {
    await setup.remove();
  });

  it.each([
    [
      'before the host says what its branches are at',
      (url: string) => url.includes('service=git-receive-pack'),
    ],
    ['after that', (url: string) => url.endsWith('/git-receive-pack')],
  ])('makes the commit anew when somebody pushes in between, %s, and keeps theirs', async (_, isThen) => {
    const then = await work.commit({ 'prod/a': '1' });
    await work.commit({ 'prod/a': '2' });
    await work.push();
    const theirs = await work.commit({ 'prod/b': 'theirs', other: 'theirs' });
    await work.git('push', '--quiet', 'origin', 'HEAD:refs/heads/theirs');
    let moved = false;
    const settings = await overHttp({
      intercept: ({ url = '' }) => {
        if (!moved && isThen(url))
          execFileSync('git', ['update-ref', 'refs/heads/main', theirs], { cwd: repo.path });
        moved ||= isThen(url);
        return false;
      },
    });

    const made = await revert(then, {}, settings);
    expect(moved).toBe(true);
    expect((await repo.git(['rev-parse', `${made.commit}^`])).trim()).toBe(theirs);
    expect(made.changed).toEqual(['prod/a', 'prod/b']);
    expect(await repo.git(['show', `${made.commit}:other`])).toBe('theirs');
    expect(test.logged.join('\n')).toContain('somebody pushed meanwhile');
  });

  it('replays as often as the host says that it was overtaken, up to five times', async () => {
    const then = await work.commit({ 'prod/a': '1' });
    await work.commit({ 'prod/a': '2' });
    await work.push();
    const settings = await overHttp();
    await setup.overtake(2);
    const made = await revert(then, {}, settings);
    const log = await repo.git(['log', '--format=%s', '-4', 'main']);
    expect(log.trim().split('\n')).toEqual(['Roll back', 'theirs-1', 'theirs-2', 'change']);
    expect(await setup.treeOf(made.commit, 'prod')).toBe(await setup.treeOf(then, 'prod'));

    await repo.commit({ 'prod/a': '3' });
    await writeFile(join(repo.path, 'moves'), '9\n');
    const error = await failureOf(revert(then, {}, settings));
    expect(error).toMatchObject({ code: 'git_failed', retryable: true });
    expect((await repo.git(['log', '--format=%s', '-1', 'main'])).trim()).toBe('theirs-5');
  });

  it('reports a protected branch in the words of the host, without the token', async () => {
    const then = await work.commit({ 'prod/a': '1' });
    const tip = await work.commit({ 'prod/a': '2' });
    await work.push();
    await hook('pre-receive', `echo "main is protected: open a pull request (${WRITE_TOKEN})" >&2; exit 1`);
    for (const settings of [aRepo(repo.path), await overHttp()]) {
      const error = await failureOf(revert(then, {}, settings));
      expect(error).toMatchObject({ code: 'push_refused', retryable: false });
      expect(error.message).toContain('main is protected: open a pull request');
      expect(error.message).toContain('pre-receive hook declined');
    }
    // Only now the token is one that this process has used.
    const error = await failureOf(revert(then, {}, await overHttp()));
    expect(JSON.stringify([error.message, error.details])).not.toContain(WRITE_TOKEN);
    expect(error.message).toContain('(***)');
    expect((await repo.git(['rev-parse', 'main'])).trim()).toBe(tip);
  });

  it('finds its commit on the host when the answer to its push is lost', async () => {
    const then = await work.commit({ 'prod/a': '1' });
    await work.commit({ 'prod/a': '2' });
    await work.push();
    await hook('post-receive', 'kill -9 $PPID');
    const { commit } = await revert(then, {}, await overHttp());
    expect((await repo.git(['rev-parse', 'main'])).trim()).toBe(commit);
    expect((await repo.git(['rev-list', '--count', 'main'])).trim()).toBe('3');
  });

  it('keeps the token out of arguments, and says when it may not write', async () => {
    const then = await work.commit({ 'prod/a': '1' });
    await work.commit({ 'prod/a': '2' });
    await work.push();
    const settings = await overHttp();
    // Long enough to be seen.
    await hook('pre-receive', 'sleep 1');
    const watched = watchProcesses();
    await revert(then, {}, settings);
    const { commandLines } = await watched.stop();
    expect(commandLines).toContain('push');
    expect(commandLines).not.toContain(WRITE_TOKEN);

    await repo.commit({ 'prod/a': '3' });
    await repo.git(['config', 'http.receivepack', 'false']);
    const error = await failureOf(revert(then, {}, settings));
    expect(error).toMatchObject({ code: 'auth_failed' });
    expect(error.message).toContain("can't be pushed to");
  });
});

describe('pushing a commit that restores paths over SSH', () => {
  let ssh: SshServer;
  let setup: RevertTest;

  beforeAll(async () => {
    ssh = await startSshServer();
  });
  afterAll(async () => {
    await ssh.close();
  });
  beforeEach(async () => {
    setup = await createRevertTest();
  });
  afterEach(async () => {
    await setup.remove();
  });

  it('uses the key of the config, and reports what the host says', async () => {
    const { repo, work, revert } = setup;
    const then = await work.commit({ 'prod/a': '1' });
    await work.commit({ 'prod/a': '2' });
    await work.push();
    const auth = { type: 'ssh', keyPath: ssh.keyPath, knownHostsPath: ssh.knownHostsPath } as const;
    const settings = aRepo(ssh.url(repo.path), { git: auth });
    const { commit } = await revert(then, {}, settings);
    expect((await repo.git(['rev-parse', 'main'])).trim()).toBe(commit);

    await work.git('pull', '--quiet', 'origin', 'main');
    await work.commit({ 'prod/a': '3' });
    await work.push();
    await setup.hook('update', 'echo "no pushes on Fridays" >&2; exit 1');
    const error = await failureOf(revert(then, {}, settings));
    expect(error).toMatchObject({ code: 'push_refused', details: { branch: 'main' } });
    expect(error.message).toContain('no pushes on Fridays');
  });
});
