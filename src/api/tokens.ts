import { createHash, timingSafeEqual } from 'node:crypto';

/** A token of the config: its name, and the SHA-256 of its secret in hex. */
export interface KnownToken {
  name: string;
  sha256: string;
}

/** The secret of an `Authorization: Bearer` header; undefined when there is none. */
export function bearerSecret(header: string | undefined): string | undefined {
  return /^Bearer +([\w\-.~+/]+=*) *$/i.exec(header ?? '')?.[1];
}

/** The token that a secret belongs to. Takes the same time wherever, and whether, it is found. */
export function findToken<T extends KnownToken>(secret: string, tokens: readonly T[]): T | undefined {
  const given = createHash('sha256').update(secret).digest();
  let found: T | undefined;
  for (const token of tokens) {
    const known = Buffer.from(token.sha256, 'hex');
    if (known.length === given.length && timingSafeEqual(known, given)) found ??= token;
  }
  return found;
}
