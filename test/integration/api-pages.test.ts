import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';

const INDEX = `<!doctype html>
<html lang="en">
<head>
<meta name="csp-nonce" content="" />
<script type="module" src="/assets/index-abc123.js"></script>
</head>
<body><div id="root"></div></body>
</html>`;

let api: ApiFixture;
let webRoot: string;

beforeAll(async () => {
  webRoot = await mkdtemp(join(tmpdir(), 'plumbline-web-'));
  await mkdir(join(webRoot, 'assets'));
  await writeFile(join(webRoot, 'index.html'), INDEX);
  await writeFile(join(webRoot, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  await writeFile(join(webRoot, 'assets', 'index-abc123.js'), 'export {};');
  api = await apiFixture({ deps: { webRoot } });
});

afterAll(async () => {
  await api.close();
  await rm(webRoot, { recursive: true, force: true });
});

const nonceOf = (html: string): string | undefined =>
  /<meta name="csp-nonce" content="([^"]+)"/.exec(html)?.[1];

/** Every path of the API: one that comes or goes has to be meant. */
const ROUTES = [
  '/api/approvals',
  '/api/approvals/{repo}/{stack}',
  '/api/approvals/{repo}/{stack}/{verb}',
  '/api/attempts',
  '/api/audit',
  '/api/audit/export',
  '/api/audit/report',
  '/api/audit/verify',
  '/api/environments',
  '/api/environments/{name}',
  '/api/environments/{name}/reconcile',
  '/api/environments/{name}/report',
  '/api/environments/{name}/rollback',
  '/api/environments/{name}/sync',
  '/api/graph/{repo}',
  '/api/health',
  '/api/holds',
  '/api/jobs/{id}',
  '/api/locks/{repo}/{stack}',
  '/api/locks/{repo}/{stack}/release',
  '/api/me',
  '/api/repos',
  '/api/repos/{repo}',
  '/api/repos/{repo}/jobs',
  '/api/repos/{repo}/reconcile',
  '/api/repos/{repo}/rollback',
  '/api/repos/{repo}/scan',
  '/api/repos/{repo}/stacks',
  '/api/repos/{repo}/stacks/{stack}/backups',
  '/api/repos/{repo}/stacks/{stack}/scan',
  '/api/repos/{repo}/sync',
  '/api/resources/{repo}/{stack}',
  '/api/stacks',
  '/api/stacks/{repo}/{stack}/plan',
  '/api/tasks',
  '/api/tasks/{id}',
  '/api/tasks/{id}/cancel',
  '/api/tasks/{id}/events',
  '/api/tasks/{id}/jobs',
  '/api/tasks/{id}/remediation',
  '/api/tasks/{id}/report',
  '/api/tasks/{id}/verdicts',
  '/api/trace',
  '/metrics',
];

describe('the pages', () => {
  it.each([
    '/',
    '/repos/my-infra',
    '/repos/unknown',
    '/repos/my-infra/stacks/envs/prod',
    '/repos/a/stacks/b%2Fc',
    '/tasks/my-infra:1',
  ])('serves the UI at %s, with a nonce that its policy names', async (url) => {
    const answer = await api.app.inject(url);
    expect(answer.statusCode).toBe(200);
    const nonce = nonceOf(answer.body);
    expect(nonce).toMatch(/^[A-Za-z0-9+/]{22}==$/);
    expect(answer.body.match(/csp-nonce/g)).toHaveLength(1);
    expect(answer.headers['content-security-policy']).toContain(`style-src 'self' 'nonce-${nonce}'`);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('tells a person on a page that an address leads nowhere, and a program as a problem', async () => {
    const ask = async (url: string, accept: string) => {
      const { statusCode, headers } = await api.app.inject({ url, headers: { accept } });
      return [statusCode, headers['content-type']];
    };
    const html = 'text/html,application/xhtml+xml,*/*;q=0.8';
    const problem = 'application/problem+json; charset=utf-8';
    expect(await ask('/aproval', html)).toEqual([404, 'text/html; charset=utf-8']);
    expect(await ask('/aproval', 'application/json')).toEqual([404, problem]);
    expect(await ask('/aproval', '*/*')).toEqual([404, problem]);
    expect(await ask('/api/aproval', html)).toEqual([404, problem]);
    expect(await ask('/assets/index-gone.js', html)).toEqual([404, problem]);
  });

  it('makes a new nonce for each request', async () => {
    const [first, second] = await Promise.all([api.app.inject('/'), api.app.inject('/')]);
    expect(nonceOf(first.body)).not.toBe(nonceOf(second.body));
  });

  it('lets hashed files be kept for ever, and serves the rest', async () => {
    const script = await api.app.inject('/assets/index-abc123.js');
    expect([script.statusCode, script.body]).toEqual([200, 'export {};']);
    expect(script.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    const icon = await api.app.inject('/favicon.svg');
    expect([icon.statusCode, icon.headers['content-type']]).toEqual([200, 'image/svg+xml']);
  });

  it.each([
    '/assets/missing.js',
    '/assets/../index.html',
    '/assets/..%2f..%2fetc%2fpasswd',
    '/index.html',
    '/.env',
  ])('serves nothing at %s', async (url) => {
    const answer = await api.app.inject(url);
    expect(answer.statusCode, answer.body).toBeGreaterThanOrEqual(400);
  });

  it('says what to do when the UI is not built', async () => {
    const other = await apiFixture({ deps: { webRoot: join(webRoot, 'nothing') } });
    const answer = await other.app.inject('/repos/my-infra');
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([503, 'text/html; charset=utf-8']);
    expect(answer.body).toContain('npm run build');
    await other.close();
  });
});

describe('a path that is not validly encoded', () => {
  it.each(['/api/jobs/%E0%A4%A', '/api/repos/my-infra/stacks/%ff/plan', '/repos/%zz'])(
    'is refused as a problem, too: %s',
    async (url) => {
      const answer = await api.app.inject(url);
      expect([answer.statusCode, answer.headers['content-type']]).toEqual([
        400,
        'application/problem+json; charset=utf-8',
      ]);
      expect(answer.json()).toMatchObject({ status: 400, code: 'invalid_path', instance: url });
    },
  );
});

describe('the headers', () => {
  it.each(['/', '/docs', '/api/repos', '/api/nothing', '/openapi.json', '/assets/index-abc123.js'])(
    'forbid inline code, frames and sniffing at %s',
    async (url) => {
      const { headers } = await api.app.inject(url);
      const policy = String(headers['content-security-policy']);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe-');
      expect(policy).not.toContain('http:');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['access-control-allow-origin']).toBeUndefined();
    },
  );
});

describe('the documentation', () => {
  it('describes every route of the API, with its parameters', async () => {
    const document = (await api.app.inject('/openapi.json')).json<{
      openapi: string;
      paths: Record<string, Record<string, { summary: string; parameters?: { name: string; in: string }[] }>>;
    }>();
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).sort()).toEqual(ROUTES);
    for (const [path, methods] of Object.entries(document.paths)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      for (const route of Object.values(methods)) {
        expect(route.summary, path).toBeTruthy();
        const inPath = (route.parameters ?? []).filter((parameter) => parameter.in === 'path');
        expect(
          inPath.map(({ name }) => name),
          path,
        ).toEqual(named);
      }
    }
  });

  it('serves a page whose files are all there', async () => {
    const page = await api.app.inject('/docs');
    const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!);
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) expect((await api.app.inject(file)).statusCode, file).toBe(200);
    expect(page.body).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\son\w+=/);
  });
});

describe('GET /metrics', () => {
  it('says how many stacks are in which state, and how many tasks run', async () => {
    await api.store.stacks.discovered(
      'my-infra',
      [{ key: 'a', kind: 'terraform', path: 'a', workspace: 'default', dependsOn: [] }],
      { complete: true },
    );
    const answer = await api.app.inject('/metrics');
    expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(answer.body).toContain('plumbline_stacks{repo="my-infra",status="unknown"} 1');
  });
});
