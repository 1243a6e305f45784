import {
  createRemoteJWKSet,
  decodeJwt,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import { z } from 'zod';
import type { OidcSettings } from '../../domain/settings.ts';
import { RequestError } from '../problem.ts';

/** Signatures that only the issuer can make; those with a shared secret are never taken. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const CLOCK_TOLERANCE_S = 30;
const FETCH_TIMEOUT_MS = 5_000;
/** Keys are asked for again after this time, and at once for a key that is not known, at most once in the pause. */
const KEYS_MAX_AGE_MS = 600_000;
const KEYS_PAUSE_MS = 10_000;

const discoverySchema = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });

/** What the claims of a token say once issuer, audience, times and signature have been found right. */
export interface VerifiedJwt {
  claims: JWTPayload;
  settings: OidcSettings;
}

/** Verifies JSON Web Tokens; keeps the issuers' keys for a while. */
export type VerifyJwt = (token: string, issuers: readonly OidcSettings[], now: Date) => Promise<VerifiedJwt>;

/** Whether a bearer secret has the form of a JSON Web Token. */
export function looksLikeJwt(secret: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(secret);
}

/**
 * A verifier with a cache of its own. A key that is not known is looked up once more, so that an issuer can replace its keys.
 * It throws RequestError 401 `token_expired` or `token_invalid`, or 503 `issuer_unavailable` when the keys can't be had.
 */
export function createJwtVerifier(options: { pauseMs?: number } = {}): VerifyJwt {
  const keys = new Map<string, Promise<JWTVerifyGetKey>>();
  const keysOf = (issuer: OidcSettings): Promise<JWTVerifyGetKey> => {
    const id = JSON.stringify([issuer.issuer, issuer.jwksUrl]);
    const known = keys.get(id);
    if (known) return known;
    const fresh = remoteKeys(issuer, options.pauseMs ?? KEYS_PAUSE_MS);
    keys.set(id, fresh);
    // What failed is tried again with the next request.
    fresh.catch(() => keys.delete(id));
    return fresh;
  };
  return async (token, issuers, now) => {
    const candidates = issuers.filter(({ issuer }) => issuer === claimedIssuer(token));
    if (candidates.length === 0) throw invalid('its issuer is not one of auth.oidc');
    for (const [index, settings] of candidates.entries()) {
      try {
        const { payload } = await jwtVerify(token, await keysOf(settings), {
          issuer: settings.issuer,
          audience: settings.audience,
          algorithms: ALGORITHMS,
          requiredClaims: ['exp'],
          clockTolerance: CLOCK_TOLERANCE_S,
          currentDate: now,
        });
        return { claims: payload, settings };
      } catch (error) {
        const otherAudience = error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud';
        if (!otherAudience || index === candidates.length - 1) throw refusalOf(error, settings);
      }
    }
    throw invalid('its audience is not the expected one');
  };
}

function claimedIssuer(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}

async function remoteKeys(issuer: OidcSettings, pauseMs: number): Promise<JWTVerifyGetKey> {
  const url = issuer.jwksUrl ?? (await discoverKeys(issuer.issuer));
  return createRemoteJWKSet(new URL(url), {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cacheMaxAge: KEYS_MAX_AGE_MS,
    cooldownDuration: pauseMs,
  });
}

/** The address of an issuer's keys, as it announces it. */
async function discoverKeys(issuer: string): Promise<string> {
  const url = `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`;
  let body: unknown;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS), redirect: 'error' });
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
    body = await answer.json();
  } catch (cause) {
    throw unavailable(issuer, cause);
  }
  const found = discoverySchema.safeParse(body);
  if (!found.success || found.data.issuer !== issuer) {
    throw unavailable(issuer, new Error(`${url} does not describe this issuer`));
  }
  return found.data.jwks_uri;
}

function refusalOf(error: unknown, settings: OidcSettings): RequestError {
  if (error instanceof RequestError) return error;
  if (error instanceof errors.JWTExpired) {
    return new RequestError(401, 'token_expired', 'The token has expired: log in again for a new one', {
      cause: error,
    });
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    return invalid(
      `its claim "${error.claim}" ${error.reason === 'missing' ? 'is missing' : 'is not the expected one'}`,
      error,
    );
  }
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed) {
    return invalid('its signature is not from its issuer', error);
  }
  const broken = [errors.JWTInvalid, errors.JWSInvalid, errors.JOSEAlgNotAllowed, errors.JOSENotSupported];
  if (broken.some((kind) => error instanceof kind))
    return invalid('it is not a token that can be read', error);
  return unavailable(settings.issuer, error);
}

function invalid(why: string, cause?: unknown): RequestError {
  return new RequestError(401, 'token_invalid', `The token is not taken: ${why}`, { cause });
}

function unavailable(issuer: string, cause: unknown): RequestError {
  return new RequestError(503, 'issuer_unavailable', `The keys of ${issuer} can't be read just now`, {
    cause,
  });
}
