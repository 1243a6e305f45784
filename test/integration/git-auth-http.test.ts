import { readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RepoSettings } from '../../src/domain/settings.ts';
import { createRedactor } from '../../src/util/redact.ts';
import { startGitHttpServer, type GitHttpOptions, type GitHttpServer } from '../support/git-http.ts';
import {
  aRepo,
  createTestCache,
  createTestRepo,
  everythingUnder,
  failureOf,
  type TestCache,
  type TestRepo,
} from '../support/git.ts';
import { watchProcesses } from '../support/watch-processes.ts';

const TOKEN = 'canary-token-7c1e55d0b2';
const OTHER = 'canary-other-90aa31f7c4';

describe('reading a repository over HTTP with credentials', () => {
  let repo: TestRepo;
  const servers: GitHttpServer[] = [];
  const tests: TestCache[] = [];

  beforeEach(async () => {
    repo = await createTestRepo();
    await repo.commit({ 'main.tf': '# hello\n' });
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map(async (server) => await server.close()));
    await Promise.all(tests.splice(0).map(async (test) => await test.remove()));
    await repo.remove();
  });

  async function serve(options: Partial<GitHttpOptions> = {}): Promise<GitHttpServer> {
    const server = await startGitHttpServer({
      root: dirname(repo.path),
      user: 'reader',
      password: TOKEN,
      ...options,
    });
    servers.push(server);
    return server;
  }

  async function cache(changes: Parameters<typeof createTestCache>[0] = {}): Promise<TestCache> {
    const secrets = { urlCredentials: {}, env: (name: string) => (name === 'GIT_TOKEN' ? TOKEN : undefined) };
    const test = await createTestCache({
      allowLocal: false,
      secrets,
      redactor: createRedactor(),
      ...changes,
    });
    tests.push(test);
    return test;
  }

  function withToken(url: string, changes: Partial<RepoSettings> = {}): RepoSettings {
    return aRepo(url, { git: { type: 'https', tokenEnv: 'GIT_TOKEN', username: 'reader' }, ...changes });
  }

  /** What stands in the file of the newest commit. */
  async function scan(test: TestCache, settings: RepoSettings): Promise<string> {
    const { commit } = await test.cache.resolve(settings, {});
    const tree = await test.cache.checkout(settings, commit);
    const content = await readFile(join(tree.path, 'main.tf'), 'utf8');
    await tree.release();
    return content;
  }

  it('takes the token from the environment variable that the config names', async () => {
    const server = await serve();
    expect(await scan(await cache(), withToken(server.url('repo.git')))).toBe('# hello\n');
  });

  it('takes the user and token that stood in the URL, with any characters', async () => {
    const password = 'p@ss:w%20rd/"\'$(id)`\\ ü';
    const server = await serve({ user: 'us er', password });
    const secrets = { urlCredentials: { 'my-infra': `us er:${password}` }, env: () => undefined };
    expect(await scan(await cache({ secrets }), aRepo(server.url('repo.git')))).toBe('# hello\n');
  });

  it('takes a token that stood alone in the URL', async () => {
    const server = await serve({ user: TOKEN, password: '' });
    const secrets = { urlCredentials: { 'my-infra': TOKEN }, env: () => undefined };
    expect(await scan(await cache({ secrets }), aRepo(server.url('repo.git')))).toBe('# hello\n');
  });

  it("uses the machine's own credential helper for a repository without credentials", async () => {
    const server = await serve();
    const test = await cache();
    await writeFile(join(test.home, '.git-credentials'), `${server.url('', { credentials: true })}\n`);
    await writeFile(join(test.home, '.gitconfig'), '[credential]\n\thelper = store\n');
    expect(await scan(test, aRepo(server.url('repo.git')))).toBe('# hello\n');
  });

  it("neither asks nor tells the machine's credential helpers when it has a token of its own", async () => {
    const server = await serve();
    const test = await cache();
    const stored = join(test.home, '.git-credentials');
    const wrong = `http://reader:wrong@127.0.0.1:${server.port}\n`;
    await writeFile(stored, wrong);
    await writeFile(
      join(test.home, '.gitconfig'),
      `[credential]\n\thelper = store\n[credential "http://127.0.0.1:${server.port}"]\n\thelper = store\n\tuseHttpPath = true\n`,
    );
    expect(await scan(test, withToken(server.url('repo.git')))).toBe('# hello\n');
    expect(await readFile(stored, 'utf8')).toBe(wrong);
  });

  it('names the variable that is not set', async () => {
    const server = await serve();
    const test = await cache({ secrets: { urlCredentials: {}, env: () => undefined } });
    const error = await failureOf(test.cache.resolve(withToken(server.url('repo.git')), {}));
    expect(error).toMatchObject({ code: 'secret_missing', retryable: false });
    expect(error.message).toContain('GIT_TOKEN');
    expect(server.requests).toEqual([]);
  });

  it.each([401, 403])(
    'says that the host refused the credentials (%i), without a prompt or a retry',
    async (status) => {
      const server = await serve({
        intercept: (_, response) =>
          Boolean(response.writeHead(status, { 'www-authenticate': 'Basic realm="x"' }).end()),
      });
      const test = await cache();
      const error = await failureOf(test.cache.resolve(withToken(server.url('repo.git')), {}));
      expect(error).toMatchObject({ code: 'auth_failed', retryable: false });
      expect(error.message).not.toContain(TOKEN);
      expect(await failureOf(test.cache.resolve(aRepo(server.url('repo.git')), {}))).toMatchObject({
        code: 'auth_failed',
      });
    },
  );

  it('says that a failing host is worth a retry', async () => {
    const server = await serve({ intercept: (_, response) => Boolean(response.writeHead(503).end()) });
    const error = await failureOf((await cache()).cache.resolve(withToken(server.url('repo.git')), {}));
    expect(error).toMatchObject({ code: 'git_failed', retryable: true });
  });

  it('stops at its time limit when the host stays silent', async () => {
    const server = await serve({ intercept: () => true });
    const test = await cache({ limits: { networkTimeoutMs: 300, graceMs: 200 } });
    const error = await failureOf(test.cache.resolve(withToken(server.url('repo.git')), {}));
    expect(error).toMatchObject({ code: 'git_failed', retryable: true });
  });

  it('stops when it is cancelled in the middle of a request', async () => {
    const cancel = new AbortController();
    const server = await serve({
      intercept: () => {
        cancel.abort();
        return true;
      },
    });
    const test = await cache();
    const resolving = test.cache.resolve(withToken(server.url('repo.git')), {}, { signal: cancel.signal });
    expect(await failureOf(resolving)).toMatchObject({ code: 'cancelled' });
  });

  it('does not send the token to a host that it is redirected to', async () => {
    const other = await serve({ user: 'reader', password: OTHER });
    const server = await serve({
      intercept: (request, response) => {
        const location = `http://127.0.0.1:${other.port}${request.url}`;
        return Boolean(response.writeHead(302, { location }).end());
      },
    });
    const error = await failureOf((await cache()).cache.resolve(withToken(server.url('repo.git')), {}));
    expect(error).toMatchObject({ code: 'auth_failed' });
    expect(other.requests.length).toBeGreaterThan(0);
    expect(JSON.stringify(other.requests)).not.toContain('authorization');
  });

  it('does not send the token along when the host redirects only those who are logged in', async () => {
    const other = await serve({ user: 'reader', password: OTHER });
    const server = await serve({
      intercept: (request, response) => {
        if (request.headers.authorization === undefined) return false;
        const location = `http://127.0.0.1:${other.port}${request.url}`;
        return Boolean(response.writeHead(302, { location }).end());
      },
    });
    await failureOf((await cache()).cache.resolve(withToken(server.url('repo.git')), {}));
    expect(JSON.stringify(other.requests)).not.toContain('authorization');
  });

  it('does not send the token to another host that a submodule is on', async () => {
    const module = await createTestRepo();
    try {
      const moduleSha = await module.commit({ 'module.tf': '# module\n' });
      const other = await serve({ root: dirname(module.path), user: 'reader', password: OTHER });
      const gitmodules = `[submodule "m"]\n\tpath = m\n\turl = ${other.url('repo.git')}\n`;
      await repo.commit({ '.gitmodules': gitmodules });
      await addGitlink(repo, 'm', moduleSha);
      const server = await serve();
      const test = await cache();
      const settings = withToken(server.url('repo.git'), { submodules: true });
      const { commit } = await test.cache.resolve(settings, {});
      expect(await failureOf(test.cache.checkout(settings, commit))).toMatchObject({ code: 'auth_failed' });
      expect(JSON.stringify(other.requests)).not.toContain('authorization');
    } finally {
      await module.remove();
    }
  });

  it('uses the token for a submodule on the same host', async () => {
    const module = await createTestRepo();
    try {
      const moduleSha = await module.commit({ 'module.tf': '# module\n' });
      const server = await serve({ root: dirname(dirname(repo.path)) });
      const relative = `../../${basename(dirname(module.path))}/repo.git`;
      await repo.commit({ '.gitmodules': `[submodule "m"]\n\tpath = m\n\turl = ${relative}\n` });
      await addGitlink(repo, 'm', moduleSha);
      const test = await cache();
      const settings = withToken(server.url(`${basename(dirname(repo.path))}/repo.git`), {
        submodules: true,
      });
      const { commit } = await test.cache.resolve(settings, {});
      const tree = await test.cache.checkout(settings, commit);
      expect(await readFile(join(tree.path, 'm/module.tf'), 'utf8')).toBe('# module\n');
      await tree.release();
    } finally {
      await module.remove();
    }
  });

  it('leaves the token in no file, log, error or argument of a process', async () => {
    const server = await serve();
    const redactor = createRedactor();
    const test = await cache({ redactor });
    const settings = withToken(server.url('repo.git'));
    const progress: string[] = [];
    const watch = watchProcesses();
    const { commit } = await test.cache.resolve(settings, {}, { onProgress: (line) => progress.push(line) });
    await test.cache.resolve(settings, { commit: commit.slice(0, 8) });
    const tree = await test.cache.checkout(settings, commit);
    const error = await failureOf(test.cache.resolve(settings, { commit: 'f'.repeat(40) }));
    const { commandLines } = await watch.stop();
    await tree.release();
    await test.cache.sweep();

    expect(commandLines).toContain('ls-remote');
    const base64 = Buffer.from(`reader:${TOKEN}`).toString('base64');
    for (const secret of [TOKEN, base64]) {
      expect(commandLines).not.toContain(secret);
      expect(await everythingUnder(dirname(test.rootDir))).not.toContain(secret);
      expect(progress.join('\n')).not.toContain(secret);
      expect(test.logged.join('\n')).not.toContain(secret);
      expect(`${error.stack} ${JSON.stringify(error.details)} ${String(error.cause)}`).not.toContain(secret);
    }
    expect(redactor.redact(`x ${TOKEN} ${base64}`)).not.toMatch(/canary|cmVhZGVy.*Y2FuYXJ5/);
  });

  it('needs no credentials for a public repository, and sends none', async () => {
    const server = await startGitHttpServer({ root: dirname(repo.path) });
    servers.push(server);
    expect(await scan(await cache(), withToken(server.url('repo.git')))).toBe('# hello\n');
    expect(JSON.stringify(server.requests)).not.toContain('authorization');
  });
});

async function addGitlink(repo: TestRepo, path: string, sha: string): Promise<void> {
  await repo.git(
    ['fast-import', '--quiet'],
    `commit refs/heads/main\ncommitter T <t@example.com> 1700000000 +0000\ndata 1\nx\nfrom refs/heads/main^0\nM 160000 ${sha} ${path}\n`,
  );
}
