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

/** The name of the token that a secret belongs to. Takes the same time wherever, and whether, it is found. */
export function tokenName(secret: string, tokens: readonly KnownToken[]): string | undefined {
  const given = createHash('sha256').update(secret).digest();
  let found: string | undefined;
  for (const token of tokens) {
    const known = Buffer.from(token.sha256, 'hex');
    if (known.length === given.length && timingSafeEqual(known, given)) found ??= token.name;
  }
  return found;
}
