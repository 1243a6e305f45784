import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { testGitEnv } from './git.ts';

export interface GitHttpOptions {
  /** Folder of the repositories that are served. */
  root: string;
  /** Without both, everybody may read. */
  user?: string;
  password?: string;
  /** `v0`: without protocol v2, so that single commits can't be asked for; `dumb`: files only, as from a plain web server. */
  protocol?: 'v2' | 'v0' | 'dumb';
  /** Answers instead of Git: redirects, failures, silence. Gives true when it did. */
  intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** One request as it came. */
export interface RecordedRequest {
  method: string;
  /** Path and query. */
  url: string;
  headers: Record<string, string | string[] | undefined>;
}

export interface GitHttpServer {
  port: number;
  /** Of a repository in the root, by its path there. */
  url(repo: string, options?: { credentials?: boolean }): string;
  requests: RecordedRequest[];
  close(): Promise<void>;
}

/** Git's own smart HTTP server (`git http-backend`) on 127.0.0.1, with basic authentication. */
export async function startGitHttpServer(options: GitHttpOptions): Promise<GitHttpServer> {
  const requests: RecordedRequest[] = [];
  const server = createServer((request, response) => {
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers: { ...request.headers } });
    if (options.intercept?.(request, response) === true) return;
    if (!isAllowed(options, request)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    serve(options, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    requests,
    url: (repo, { credentials = false } = {}) => {
      const login = `${encodeURIComponent(options.user ?? '')}:${encodeURIComponent(options.password ?? '')}@`;
      return `http://${credentials ? login : ''}127.0.0.1:${port}/${repo}`;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function isAllowed(options: GitHttpOptions, request: IncomingMessage): boolean {
  if (options.user === undefined || options.password === undefined) return true;
  const login = Buffer.from(`${options.user}:${options.password}`).toString('base64');
  return request.headers.authorization === `Basic ${login}`;
}

async function serve(
  options: GitHttpOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const version = options.protocol === 'v0' ? undefined : request.headers['git-protocol'];
  const child = spawn('git', ['http-backend'], {
    env: {
      ...testGitEnv(options.root),
      GIT_PROJECT_ROOT: options.root,
      GIT_HTTP_EXPORT_ALL: '1',
      REQUEST_METHOD: request.method ?? 'GET',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: options.protocol === 'dumb' ? '' : url.search.slice(1),
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      REMOTE_ADDR: '127.0.0.1',
      ...(typeof version === 'string' ? { GIT_PROTOCOL: version } : {}),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.on('aborted', () => child.kill());
  const zipped = request.headers['content-encoding'] === 'gzip';
  const input = zipped ? pipeline(request, createGunzip(), child.stdin) : pipeline(request, child.stdin);
  await Promise.all([input.catch(() => undefined), answer(child.stdout, response)]);
}

/** Takes a CGI answer apart: headers, an empty line, the body. */
async function answer(output: AsyncIterable<Buffer>, response: ServerResponse): Promise<void> {
  let head: Buffer | null = Buffer.alloc(0);
  for await (const chunk of output) {
    if (head === null) {
      response.write(chunk);
      continue;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) continue;
    writeHead(head.toString('latin1', 0, end), response);
    response.write(head.subarray(end + 4));
    head = null;
  }
  response.end();
}

function writeHead(text: string, response: ServerResponse): void {
  let status = 200;
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trim()];
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.writeHead(status);
}
