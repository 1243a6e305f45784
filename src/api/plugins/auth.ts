import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ApiDeps } from '../deps.ts';
import { RequestError } from '../problem.ts';
import { refuseCrossSite, refuseRemoteChange, type RequestOrigin } from '../request-origin.ts';
import { bearerSecret, tokenName } from '../tokens.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Needs no token. */
    public?: boolean;
  }
  interface FastifyRequest {
    /** The name of the token that the request carried; empty without one. */
    caller: string;
  }
}

/** Wrong tokens of one address per minute, before it is told to wait. */
const MAX_FAILURES = 20;

/**
 * Guards `/api` and `/metrics` by the settings in force: with tokens each request needs one; with none configured
 * everything can be read, and changes are taken from this machine only.
 */
export async function registerAuth(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  await app.register(rateLimit, { global: false });
  const countFailure = app.createRateLimit({
    max: MAX_FAILURES,
    timeWindow: '1 minute',
    keyGenerator: (request) => request.socket.remoteAddress ?? '',
  });
  warnIfOpen(deps);
  app.decorateRequest('caller', '');
  app.addHook('onRequest', async (request, reply) => {
    if (!isGuarded(request)) return;
    const { auth } = deps.settings();
    if (auth.mode !== 'tokens') return refuse(request, auth.mode);
    const secret = bearerSecret(request.headers.authorization);
    const caller = secret === undefined ? undefined : tokenName(secret, auth.tokens);
    if (caller !== undefined) {
      request.caller = caller;
      return;
    }
    reply.header('www-authenticate', 'Bearer realm="plumbline"');
    if (secret !== undefined) {
      const count = await countFailure(request);
      if (!count.isAllowed && count.isExceeded) {
        reply.header('retry-after', String(count.ttlInSeconds));
        throw new RequestError(429, 'too_many_failures', 'Too many wrong tokens; wait a minute');
      }
      request.log.warn({ remote: request.socket.remoteAddress }, 'wrong API token');
    }
    throw new RequestError(
      401,
      'token_needed',
      'A valid token is needed: send "Authorization: Bearer TOKEN"',
    );
  });
}

function isGuarded(request: FastifyRequest): boolean {
  const { url, config } = request.routeOptions;
  return url !== undefined && (url.startsWith('/api/') || url === '/metrics') && config.public !== true;
}

function refuse(request: FastifyRequest, mode: 'open' | 'none'): void {
  const origin: RequestOrigin = {
    method: request.method,
    remoteAddress: request.socket.remoteAddress,
    headers: request.headers,
  };
  const refusal = (mode === 'open' ? refuseRemoteChange(origin) : undefined) ?? refuseCrossSite(origin);
  if (refusal) throw new RequestError(403, refusal.code, refusal.message);
}

function warnIfOpen(deps: ApiDeps): void {
  const { mode } = deps.settings().auth;
  if (mode === 'open') {
    deps.log.warn(
      'NO ACCESS CONTROL: everybody who reaches this address can read everything; changes are taken from this ' +
        'machine only. Set auth.tokens in the config, or auth: none to open it to everyone',
    );
  } else if (mode === 'none') {
    deps.log.warn(
      'NO ACCESS CONTROL (auth: none): everybody who reaches this address can read and change everything',
    );
  }
}
