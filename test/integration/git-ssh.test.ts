import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createGitCache } from '../../src/git/git-cache.ts';
import { startSshServer, type SshServer } from '../support/git-ssh.ts';
import {
  aRepo,
  createTestCache,
  createTestRepo,
  failureOf,
  type TestCache,
  type TestRepo,
} from '../support/git.ts';

describe('reading a repository over SSH', () => {
  let ssh: SshServer;
  let repo: TestRepo;
  let test: TestCache;

  beforeAll(async () => {
    ssh = await startSshServer();
  });
  afterAll(async () => {
    await ssh.close();
  });
  beforeEach(async () => {
    repo = await createTestRepo();
    test = await createTestCache({ allowLocal: false });
  });
  afterEach(async () => {
    await repo.remove();
    await test.remove();
  });

  function settings(changes: { keyPath?: string; knownHostsPath?: string | null } = {}) {
    const auth = { keyPath: ssh.keyPath, knownHostsPath: ssh.knownHostsPath, ...changes };
    return aRepo(ssh.url(repo.path), { git: { type: 'ssh', ...auth } });
  }

  it('uses the key and the known_hosts file of the config, also with spaces in their paths', async () => {
    const commit = await repo.commit({ a: '1' });
    expect(ssh.keyPath).toContain(' ');
    expect(await test.cache.resolve(settings(), {})).toEqual({ commit, branch: 'main' });
    await (await test.cache.checkout(settings(), commit)).release();
  });

  it('refuses a host whose key is another one than in known_hosts', async () => {
    await repo.commit({ a: '1' });
    const error = await failureOf(
      test.cache.resolve(settings({ knownHostsPath: ssh.wrongKnownHostsPath }), {}),
    );
    expect(error).toMatchObject({ code: 'auth_failed', retryable: false });
    expect(error.message).toContain('known_hosts');
  });

  it('refuses a host that is not in known_hosts, instead of asking', async () => {
    await repo.commit({ a: '1' });
    const nobody = join(test.home, 'nobody');
    await writeFile(nobody, '');
    const error = await failureOf(test.cache.resolve(settings({ knownHostsPath: nobody }), {}));
    expect(error).toMatchObject({ code: 'auth_failed', retryable: false });
  });

  it('says that the host refused the key', async () => {
    await repo.commit({ a: '1' });
    const error = await failureOf(test.cache.resolve(settings({ keyPath: ssh.strangerKeyPath }), {}));
    expect(error).toMatchObject({ code: 'auth_failed', retryable: false });
  });

  it('names a key file that is not there', async () => {
    const error = await failureOf(test.cache.resolve(settings({ keyPath: '/nowhere/id_ed25519' }), {}));
    expect(error).toMatchObject({ code: 'secret_missing' });
    expect(error.message).toContain('/nowhere/id_ed25519');
  });

  it('says that there is no such repository', async () => {
    const missing = { ...settings(), url: ssh.url('/nowhere/repo.git') };
    expect(await failureOf(test.cache.resolve(missing, {}))).toMatchObject({
      code: 'repo_not_found',
      retryable: false,
    });
  });

  it("uses the machine's own set-up for a repository without credentials: its ssh command", async () => {
    const commit = await repo.commit({ a: '1' });
    const command = `ssh -i '${ssh.keyPath}' -o 'UserKnownHostsFile="${ssh.knownHostsPath}"'`;
    await writeFile(join(test.home, '.gitconfig'), `[core]\n\tsshCommand = ${JSON.stringify(command)}\n`);
    const ambient = aRepo(ssh.url(repo.path));
    expect((await test.cache.resolve(ambient, {})).commit).toBe(commit);

    const baseEnv = { ...test.options.baseEnv, GIT_SSH_COMMAND: command };
    await writeFile(join(test.home, '.gitconfig'), '');
    expect((await createGitCache({ ...test.options, baseEnv }).resolve(ambient, {})).commit).toBe(commit);
  });

  it('never asks on a terminal when the set-up of the machine is not enough', async () => {
    await repo.commit({ a: '1' });
    await mkdir(join(test.home, '.ssh'));
    const error = await failureOf(test.cache.resolve(aRepo(ssh.url(repo.path)), {}));
    expect(error).toMatchObject({ code: 'auth_failed', retryable: false });
  });
});
