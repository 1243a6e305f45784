import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RepoSettings } from '../../src/domain/settings.ts';
import { createRedactor, type Redactor } from '../../src/util/redact.ts';
import { startGithubApi, type GithubApi, type GithubApiOptions } from '../support/git-github-api.ts';
import { UNSIGNED } from '../support/git-revert.ts';
import { aPerson } from '../support/git-work.ts';
import { startGitHttpServer, type GitHttpServer } from '../support/git-http.ts';
import {
  aRepo,
  createTestCache,
  createTestRepo,
  failureOf,
  type TestCache,
  type TestRepo,
} from '../support/git.ts';

const TOKEN = 'ghs_canaryInstallationToken0123456789';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

describe('reading a repository as a GitHub App', () => {
  let repo: TestRepo;
  let test: TestCache;
  let git: GitHttpServer;
  let redactor: Redactor;
  let keyPath: string;
  const apis: GithubApi[] = [];

  beforeEach(async () => {
    repo = await createTestRepo();
    await repo.commit({ a: '1' });
    redactor = createRedactor();
    test = await createTestCache({ allowLocal: false, redactor });
    git = await startGitHttpServer({ root: dirname(repo.path), user: 'x-access-token', password: TOKEN });
    keyPath = join(test.home, 'app.pem');
    // The form in which GitHub gives keys out.
    await writeFile(keyPath, privateKey.export({ type: 'pkcs1', format: 'pem' }));
  });
  afterEach(async () => {
    await Promise.all(apis.splice(0).map(async (api) => await api.close()));
    await git.close();
    await repo.remove();
    await test.remove();
  });

  async function serveApi(options: Partial<GithubApiOptions> = {}): Promise<GithubApi> {
    const api = await startGithubApi({
      appId: 123_456,
      installationId: 12_345_678,
      publicKey,
      tokens: [TOKEN],
      ...options,
    });
    apis.push(api);
    return api;
  }

  function settings(
    api: GithubApi,
    changes: { appId?: number; installationId?: number; privateKeyPath?: string } = {},
  ): RepoSettings {
    return aRepo(git.url('repo.git'), {
      git: {
        type: 'github_app',
        appId: 123_456,
        installationId: 12_345_678,
        privateKeyPath: keyPath,
        apiUrl: `${api.url}/`,
        ...changes,
      },
    });
  }

  it('exchanges its key for a token, once for many fetches', async () => {
    const api = await serveApi();
    const { commit } = await test.cache.resolve(settings(api), {});
    await Promise.all([1, 2, 3].map(async () => await test.cache.resolve(settings(api), { commit })));
    await (await test.cache.checkout(settings(api), commit)).release();
    expect(api.faults).toEqual([]);
    expect(api.given).toBe(1);
    expect(redactor.redact(TOKEN)).not.toContain('canary');
  });

  it('asks for the right to write only when it pushes', async () => {
    const api = await serveApi();
    const { commit } = await test.cache.resolve(settings(api), {});
    await repo.git(['config', 'http.receivepack', 'true']);
    await repo.commit({ a: '2' });
    const revert = {
      branch: null,
      paths: ['a'],
      toCommit: commit,
      message: 'back',
      author: aPerson('Alice'),
    };
    await test.cache.revertPaths(settings(api), revert, UNSIGNED);
    expect(api.asked).toEqual([{ contents: 'read' }, { contents: 'write' }]);
    expect((await repo.git(['show', 'main:a'])).trim()).toBe('1');
  });

  it('asks once when several need a token at once', async () => {
    const api = await serveApi();
    await Promise.all([1, 2, 3, 4].map(async () => await test.cache.resolve(settings(api), {})));
    expect(api.given).toBe(1);
  });

  it('fetches a new token shortly before the old one ends', async () => {
    const api = await serveApi({ lifetimeMs: 4 * 60_000 });
    await test.cache.resolve(settings(api), {});
    const before = api.given;
    await test.cache.resolve(settings(api), {});
    expect(api.given).toBeGreaterThan(before);
  });

  it('fetches a new token after the host refused the old one', async () => {
    const api = await serveApi({ tokens: ['ghs_revoked0123456789012345678901234567', TOKEN] });
    expect(await failureOf(test.cache.resolve(settings(api), {}))).toMatchObject({ code: 'auth_failed' });
    await test.cache.resolve(settings(api), {});
    expect(api.given).toBe(2);
  });

  it('says what to check when GitHub refuses the key', async () => {
    const api = await serveApi({ appId: 999 });
    const error = await failureOf(test.cache.resolve(settings(api), {}));
    expect(error).toMatchObject({ code: 'auth_failed', retryable: false, details: { status: 401 } });
    expect(error.message).toMatch(/App 123456.*app_id/);
    expect(git.requests).toEqual([]);
  });

  it('says what to check when GitHub knows no such installation', async () => {
    const api = await serveApi();
    const error = await failureOf(test.cache.resolve(settings(api, { installationId: 1 }), {}));
    expect(error).toMatchObject({ code: 'auth_failed', retryable: false });
    expect(error.message).toMatch(/installation 1 .*installation_id.*Not Found/);
  });

  it.each([
    [503, {}],
    [429, {}],
    [403, { 'retry-after': '60' }],
    [403, { 'x-ratelimit-remaining': '0' }],
  ])('takes a %i with %j as worth a retry', async (status, headers) => {
    const api = await serveApi();
    api.answers.push({ status, headers, body: { message: 'API rate limit exceeded' } });
    const error = await failureOf(test.cache.resolve(settings(api), {}));
    expect(error).toMatchObject({ code: 'git_failed', retryable: true });
  });

  it('takes a refusal of permissions as final', async () => {
    const api = await serveApi();
    api.answers.push({ status: 422, body: { message: 'The permissions requested are not granted' } });
    const error = await failureOf(test.cache.resolve(settings(api), {}));
    expect(error).toMatchObject({ code: 'auth_failed', retryable: false });
    expect(error.message).toContain('The permissions requested are not granted');
  });

  it('says that the API is unreachable, worth a retry', async () => {
    const api = await serveApi();
    await api.close();
    apis.length = 0;
    const error = await failureOf(test.cache.resolve(settings(api), {}));
    expect(error).toMatchObject({ code: 'git_failed', retryable: true });
    expect(error.message).toContain(api.url);
  });

  it('does not follow a redirect of the API', async () => {
    const other = await serveApi();
    const api = await serveApi();
    api.answers.push({
      status: 307,
      body: {},
      headers: { location: `${other.url}/app/installations/12345678/access_tokens` },
    });
    expect(await failureOf(test.cache.resolve(settings(api), {}))).toMatchObject({ code: 'git_failed' });
    expect(other.given).toBe(0);
  });

  it('names the file when there is no key in it', async () => {
    const api = await serveApi();
    const missing = settings(api, { privateKeyPath: join(test.home, 'nothing.pem') });
    const error = await failureOf(test.cache.resolve(missing, {}));
    expect(error).toMatchObject({ code: 'secret_missing', retryable: false });
    expect(error.message).toContain('nothing.pem');
  });

  it('refuses an SSH URL, which its token can not be used with', async () => {
    const api = await serveApi();
    const ssh = { ...settings(api), url: 'git@github.com:org/repo.git' };
    expect(await failureOf(test.cache.resolve(ssh, {}))).toMatchObject({ code: 'git_url_refused' });
  });
});
