import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Person } from '../../domain/person.ts';
import type { AuthSettings } from '../../domain/settings.ts';
import { ipRanges } from '../../util/ip-ranges.ts';
import { callerAddress } from '../caller-address.ts';
import type { ApiDeps } from '../deps.ts';
import { identify, tokenNeeded } from '../identity/identify.ts';
import { EVERYBODY, localPerson, NOBODY, VISITOR } from '../identity/open-person.ts';
import { type RefusedAttempt, requirePermission } from '../identity/require-permission.ts';
import { createJwtVerifier } from '../identity/verify-jwt.ts';
import { createPeerCheck, type PeerCheck } from '../peer-user.ts';
import { notFound } from '../not-found.ts';
import { RequestError } from '../problem.ts';
import {
  changesSomething,
  isLocalUser,
  isLoopback,
  refuseCrossSite,
  refuseRebound,
  refuseRemoteChange,
  type Refusal,
  type RequestOrigin,
} from '../request-origin.ts';
import { bearerSecret } from '../tokens.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Needs no token. */
    public?: boolean;
  }
  interface FastifyRequest {
    /** The name of the token, or the person of the JWT, that the request carried; empty without one. */
    caller: string;
    /** Where it comes from, for records: behind a trusted proxy, what that says. Grants nothing. */
    address: string;
    /** Who asks. On routes that need no token it is nobody, who may do nothing. */
    person: Person;
    /**
     * The same sender by the settings and the time of now, for answers that go on for long; undefined once their token has ended
     * or is nobody's any more.
     */
    personNow: () => Promise<Person | undefined>;
  }
}

/** Refused requests of one address per minute, before it is told to wait. */
const MAX_FAILURES = 20;
const NOWHERE = { repo: null, environment: null };

/**
 * Guards `/api` and `/metrics` by the settings in force, and says of each request who sent it (`request.person`). With tokens
 * or issuers each request needs a bearer token; with none configured everything can be read, and changes are taken from this
 * machine only, as the local user's. Whoever reads needs a role that may; routes that change something check on their own.
 */
export async function registerAuth(app: FastifyInstance, deps: ApiDeps): Promise<void> {
  warnIfOpen(deps);
  app.decorateRequest('caller', '');
  app.decorateRequest('person');
  app.decorateRequest('address', '');
  app.decorateRequest('personNow');
  app.decorate('recordRefusal', deps.onRefused ?? null);
  const context = {
    verifyJwt: createJwtVerifier(deps.jwks),
    local: localPerson(deps.localAliases),
    originOf: originReader(deps.peerUser ?? createPeerCheck()),
    refuseFlood: await floodGuard(app),
    now: () => deps.clock.now(),
  };
  app.addHook('onRequest', async (request, reply) => {
    request.person = NOBODY;
    request.address = addressOf(request, deps);
    request.personNow = () => identifyAgain(request, deps.settings().auth, context);
    if (!isGuarded(request)) return;
    const { auth } = deps.settings();
    if (auth.mode === 'tokens') {
      request.person = await identifyBearer(request, reply, auth, context);
      request.caller = request.person.id;
    } else {
      const origin = await context.originOf(request);
      request.person = openPerson(origin, auth.mode, context.local);
      const { publicNames = [] } = deps.settings();
      const refusal = refusalOf(origin, auth.mode, publicNames);
      if (refusal !== undefined) await refuse(request, reply, refusal, context.refuseFlood);
    }
    if (!changesSomething(request.method)) await requireReading(request);
  });
}

function addressOf({ socket, headers }: FastifyRequest, { settings }: ApiDeps): string {
  const { trustedProxies = [] } = settings();
  return callerAddress(socket.remoteAddress, headers['x-forwarded-for'], ipRanges(trustedProxies));
}

interface AuthContext {
  verifyJwt: ReturnType<typeof createJwtVerifier>;
  local: Person;
  originOf: (request: FastifyRequest) => Promise<RequestOrigin>;
  refuseFlood: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
  now: () => Date;
}

async function identifyBearer(
  request: FastifyRequest,
  reply: FastifyReply,
  auth: Extract<AuthSettings, { mode: 'tokens' }>,
  { verifyJwt, refuseFlood, now }: AuthContext,
): Promise<Person> {
  const secret = secretOf(request);
  try {
    if (secret === undefined) throw tokenNeeded();
    return await identify(secret, auth, { now: now(), verifyJwt });
  } catch (error) {
    if (!(error instanceof RequestError) || error.status !== 401) throw error;
    reply.header('www-authenticate', 'Bearer realm="plumbline"');
    if (secret === undefined) throw error;
    await refuseFlood(request, reply);
    request.log.warn({ remote: request.address, code: error.code }, 'wrong API token');
    await record(request, { action: 'login', scope: NOWHERE, code: error.code, message: error.message });
    throw error;
  }
}

async function identifyAgain(
  request: FastifyRequest,
  auth: AuthSettings,
  { verifyJwt, local, originOf, now }: AuthContext,
): Promise<Person | undefined> {
  if (auth.mode !== 'tokens') return openPerson(await originOf(request), auth.mode, local);
  const secret = secretOf(request);
  if (secret === undefined) return undefined;
  try {
    return await identify(secret, auth, { now: now(), verifyJwt });
  } catch (error) {
    if (error instanceof RequestError) return undefined;
    throw error;
  }
}

/** Of two headers it can't be told which one is meant, or who has added the other. */
function secretOf({ raw, headers }: FastifyRequest): string | undefined {
  const given = raw.rawHeaders.filter((name, index) => index % 2 === 0 && /^authorization$/i.test(name));
  return given.length > 1 ? undefined : bearerSecret(headers.authorization);
}

/** Who sends wrong tokens, or refused changes, in a row has to wait; what is kept off this way is not recorded one by one. */
async function floodGuard(app: FastifyInstance): Promise<AuthContext['refuseFlood']> {
  await app.register(rateLimit, { global: false });
  const countFailure = app.createRateLimit({
    max: MAX_FAILURES,
    timeWindow: '1 minute',
    keyGenerator: (request) => request.address,
  });
  return async (request, reply) => {
    const count = await countFailure(request);
    if (count.isAllowed || !count.isExceeded) return;
    reply.header('retry-after', String(count.ttlInSeconds));
    throw new RequestError(429, 'too_many_failures', 'Too many refused requests; wait a minute');
  };
}

function isGuarded(request: FastifyRequest): boolean {
  const { url, config } = request.routeOptions;
  return url !== undefined && (url.startsWith('/api/') || url === '/metrics') && config.public !== true;
}

function openPerson(origin: RequestOrigin, mode: 'open' | 'none', local: Person): Person {
  if (mode === 'none') return EVERYBODY;
  return isLocalUser(origin) ? local : VISITOR;
}

function refusalOf(
  origin: RequestOrigin,
  mode: 'open' | 'none',
  names: readonly string[],
): Refusal | undefined {
  if (mode === 'open') return refuseRemoteChange(origin) ?? refuseCrossSite(origin);
  return refuseCrossSite(origin) ?? refuseRebound(origin, names);
}

async function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  { code, message }: Refusal,
  refuseFlood: AuthContext['refuseFlood'],
): Promise<void> {
  await refuseFlood(request, reply);
  await record(request, { action: 'change', scope: NOWHERE, code, message });
  throw new RequestError(403, code, message);
}

/** What is asked of the system about the sender is asked only where it decides something. */
function originReader(peerUser: PeerCheck): AuthContext['originOf'] {
  return async ({ method, socket, headers }) => {
    const { remoteAddress } = socket;
    const peer = isLoopback(remoteAddress) ? await peerUser(socket) : 'unknown';
    return { method, remoteAddress, peer, headers };
  };
}

/** By the repo that a path names; lists and reports leave out what the person may not see. */
async function requireReading(request: FastifyRequest): Promise<void> {
  const repo = (request.params as { repo?: unknown } | undefined)?.repo;
  if (typeof repo !== 'string') return requirePermission(request, 'read', NOWHERE);
  return requirePermission(request, 'read', { repo, environment: null }, notFound.repo());
}

async function record(request: FastifyRequest, attempt: RefusedAttempt): Promise<void> {
  await request.server.recordRefusal?.(request, attempt);
}

function warnIfOpen(deps: ApiDeps): void {
  const { mode } = deps.settings().auth;
  if (mode === 'open') {
    deps.log.warn(
      'NO ACCESS CONTROL: everybody who reaches this address can read everything; changes are taken from the ' +
        'user who runs this, on this machine only: also from a proxy or tunnel that this user runs. Set auth.tokens in the config, or auth: none to open it to everyone',
    );
  } else if (mode === 'none') {
    deps.log.warn(
      'NO ACCESS CONTROL (auth: none): everybody who reaches this address can read and change everything',
    );
  }
}
