import type { JWTPayload } from 'jose';
import type { Person } from '../../domain/person.ts';
import type { OidcSettings } from '../../domain/settings.ts';

/** The person whom the claims of a verified JSON Web Token name, or why they name none. */
export function jwtPerson(claims: JWTPayload, settings: OidcSettings): Person | { missing: string } {
  const id = textsOf(claimAt(claims, settings.idClaim))[0];
  if (id === undefined) return { missing: `it has no claim "${settings.idClaim}"` };
  if (!isId(id)) return { missing: `its claim "${settings.idClaim}" is no name that a person can have here` };
  if (settings.idClaim === 'email' && claims.email_verified === false) {
    return { missing: 'its issuer has not verified the email address' };
  }
  const teams = textsOf(claimAt(claims, settings.teamsClaim));
  const aliases = settings.aliasClaims.flatMap((claim) => textsOf(claimAt(claims, claim)));
  return {
    id,
    kind: settings.kind,
    teams,
    aliases: [...new Set(aliases.map((alias) => alias.toLowerCase()))],
    grants: settings.grants
      .filter(({ team }) => team === '*' || teams.includes(team))
      .map(({ grant }) => grant),
    via: 'oidc',
  };
}

const MAX_ID_LENGTH = 254;
/** Who acts by itself, or where nobody is known: no issuer may speak in these names. */
const RESERVED = /^(plumbline|schedule|anonymous|open|local:.*)$/i;

/** An ID stands in records and signed texts: one line, and nobody else's. */
function isId(id: string): boolean {
  const plain = id.trim() === id && !/\p{C}/u.test(id) && id.length <= MAX_ID_LENGTH;
  return plain && !RESERVED.test(id);
}

/** A claim by its name or, where there is none of that name, by steps with dots, such as `realm_access.roles`. */
function claimAt(claims: JWTPayload, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name.split('.').reduce<unknown>((value, step) => {
    const inside = typeof value === 'object' && value !== null && Object.hasOwn(value, step);
    return inside ? (value as Record<string, unknown>)[step] : undefined;
  }, claims);
}

/** The texts of a claim that is a text or a list of them. */
function textsOf(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.filter((item): item is string => typeof item === 'string' && item !== '');
}
