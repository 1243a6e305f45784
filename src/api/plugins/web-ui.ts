import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { uiPolicy } from './security-headers.ts';

/** driftd's HTML routes and Plumbline's own: each serves the UI, which reads the path itself. */
const PAGES = [
  '/',
  '/repos/:repo',
  '/repos/:repo/stacks/*',
  '/tasks/:id',
  '/approvals',
  '/environments',
  '/environments/:name',
  '/audit',
];

const HIDDEN = { schema: { hide: true } };

/** Serves the built UI: its pages with a fresh nonce each, its hashed files for ever, the rest for an hour. */
export async function registerWebUi(app: FastifyInstance, webRoot: string | null): Promise<void> {
  const files = webRoot === null ? [] : await rootFiles(webRoot);
  if (webRoot !== null && files.length > 0) {
    await app.register(fastifyStatic, { root: webRoot, serve: false });
    app.get('/assets/*', HIDDEN, (request, reply) => {
      const { '*': name } = request.params as { '*': string };
      return reply.sendFile(`assets/${name}`, { maxAge: '365d', immutable: true });
    });
    for (const file of files.filter((name) => name !== 'index.html')) {
      app.get(`/${file}`, HIDDEN, (_request, reply) => reply.sendFile(file, { maxAge: '1h' }));
    }
  }
  for (const page of PAGES) app.get(page, HIDDEN, (_request, reply) => sendPage(reply, webRoot, 200));
  app.get('/*', HIDDEN, (request, reply) =>
    wantsPage(request) ? sendPage(reply, webRoot, 404) : reply.callNotFound(),
  );
}

/** Whether a person follows a link that leads nowhere: a program is answered with a problem. */
function wantsPage({ url, headers }: FastifyRequest): boolean {
  return !/^\/(api|assets)(\/|$|\?)/.test(url) && (headers.accept ?? '').includes('text/html');
}

async function rootFiles(webRoot: string): Promise<string[]> {
  const entries = await readdir(webRoot, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

async function sendPage(
  reply: FastifyReply,
  webRoot: string | null,
  status: 200 | 404,
): Promise<FastifyReply> {
  const nonce = randomBytes(16).toString('base64');
  const built =
    webRoot === null ? undefined : await readFile(join(webRoot, 'index.html'), 'utf8').catch(() => undefined);
  return reply
    .code(built === undefined ? 503 : status)
    .header('content-security-policy', uiPolicy(nonce))
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(built === undefined ? NOT_BUILT : withNonce(built, nonce));
}

/** The page with this request's nonce where the UI looks for it. */
function withNonce(html: string, nonce: string): string {
  const meta = `<meta name="csp-nonce" content="${nonce}" />`;
  const clean = html.replaceAll(/<meta\s+name="csp-nonce"[^>]*>/g, '');
  return clean.replace(/<head(\s[^>]*)?>/i, (head) => `${head}${meta}`);
}

const NOT_BUILT = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Plumbline</title></head>
<body>
<h1>The web UI is not built</h1>
<p>Run <code>npm run build</code> and start again. The API works: see its <a href="/docs">documentation</a>.</p>
</body>
</html>
`;
