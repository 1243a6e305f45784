import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jwtVerify, type CryptoKey, type KeyObject } from 'jose';

export interface GithubApiOptions {
  appId: number;
  installationId: number;
  publicKey: CryptoKey | KeyObject;
  /** The tokens that are given out, one after the other; the last one again and again. */
  tokens: string[];
  /** How long a token lives. */
  lifetimeMs?: number;
}

export interface GithubApi {
  url: string;
  /** What was wrong with each request that was refused, and how many tokens were given. */
  faults: string[];
  given: number;
  /** What each token was asked to permit. */
  asked: unknown[];
  /** The next answers, instead of a token. */
  answers: { status: number; body: unknown; headers?: Record<string, string> }[];
  close(): Promise<void>;
}

const LONGEST_LIFE_S = 600;

/**
 * The one route of GitHub's API that an App needs for reading, checked as strictly as GitHub does: method, path, headers,
 * and the JWT's signature, algorithm, issuer and times.
 */
export async function startGithubApi(options: GithubApiOptions): Promise<GithubApi> {
  const api: GithubApi = {
    url: '',
    faults: [],
    given: 0,
    asked: [],
    answers: [],
    close: async () => undefined,
  };
  const server = createServer((request, response) => {
    const send = (status: number, body: unknown, headers: Record<string, string> = {}) => {
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(body));
    };
    const handle = async () => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const fault = await findFault(options, request);
      const planned = api.answers.shift();
      if (fault !== null) {
        api.faults.push(fault.message);
        return send(fault.status, { message: fault.message });
      }
      if (planned !== undefined) return send(planned.status, planned.body, planned.headers);
      const token = options.tokens[Math.min(api.given, options.tokens.length - 1)];
      api.given += 1;
      api.asked.push((JSON.parse(body) as { permissions?: unknown }).permissions);
      const expires = new Date(Date.now() + (options.lifetimeMs ?? 3_600_000));
      const expiresAt = expires.toISOString().replace(/\.\d+/, '');
      return send(201, { token, expires_at: expiresAt, permissions: { contents: 'read' } });
    };
    handle().catch(() => send(500, { message: 'broken' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  api.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  api.close = async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return api;
}

async function findFault(
  options: GithubApiOptions,
  request: IncomingMessage,
): Promise<{ status: number; message: string } | null> {
  const bad = (status: number, message: string) => ({ status, message });
  if (request.method !== 'POST') return bad(404, 'Not Found');
  if (request.url !== `/app/installations/${options.installationId}/access_tokens`)
    return bad(404, 'Not Found');
  if (request.headers.accept !== 'application/vnd.github+json') return bad(415, 'Unsupported Accept header');
  if (request.headers['x-github-api-version'] !== '2022-11-28') return bad(400, 'Unknown API version');
  if (!request.headers['user-agent'])
    return bad(403, 'Administrative rules forbid requests without User-Agent');
  const [, jwt] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
  if (jwt === undefined) return bad(401, 'A JSON web token could not be decoded');
  try {
    const { payload } = await jwtVerify(jwt, options.publicKey, {
      algorithms: ['RS256'],
      issuer: String(options.appId),
    });
    const nowS = Math.floor(Date.now() / 1000);
    if (payload.exp === undefined || payload.exp > nowS + LONGEST_LIFE_S)
      return bad(401, "'Expiration time' is too far in the future");
    if (payload.iat === undefined || payload.iat > nowS)
      return bad(401, "'Issued at' must be an integer in the past");
    if (payload.exp - payload.iat > LONGEST_LIFE_S) return bad(401, 'The token lives too long');
  } catch (error) {
    return bad(401, `A JSON web token could not be decoded: ${String(error)}`);
  }
  return null;
}
