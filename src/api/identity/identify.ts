import type { Person } from '../../domain/person.ts';
import type { AuthSettings } from '../../domain/settings.ts';
import { RequestError } from '../problem.ts';
import { findToken } from '../tokens.ts';
import { jwtPerson } from './jwt-person.ts';
import { hasEnded, tokenPerson } from './token-person.ts';
import { looksLikeJwt, type VerifyJwt } from './verify-jwt.ts';

/**
 * Who sent a bearer secret: the holder of a token of the config, or the person of a JSON Web Token.
 * @throws RequestError 401 `token_needed` (nobody's), `token_expired`, `token_invalid`; 503 `issuer_unavailable`
 */
export async function identify(
  secret: string,
  auth: Extract<AuthSettings, { mode: 'tokens' }>,
  context: { now: Date; verifyJwt: VerifyJwt },
): Promise<Person> {
  const token = findToken(secret, auth.tokens);
  if (token !== undefined) {
    if (!hasEnded(token, context.now)) return tokenPerson(token);
    throw new RequestError(
      401,
      'token_expired',
      `The token "${token.name}" ended at ${token.expiresAt}: ask for a new one`,
    );
  }
  if (auth.oidc.length === 0 || !looksLikeJwt(secret)) throw tokenNeeded();
  const { claims, settings } = await context.verifyJwt(secret, auth.oidc, context.now);
  const person = jwtPerson(claims, settings);
  if ('missing' in person) {
    throw new RequestError(401, 'token_invalid', `The token is not taken: ${person.missing}`);
  }
  return person;
}

/** What a request without a valid token is told. */
export function tokenNeeded(): RequestError {
  return new RequestError(401, 'token_needed', 'A valid token is needed: send "Authorization: Bearer TOKEN"');
}
