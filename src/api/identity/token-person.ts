import type { Person } from '../../domain/person.ts';
import type { TokenSettings } from '../../domain/settings.ts';

/** The person, or machine, that a token of the config stands for. */
export function tokenPerson(token: TokenSettings): Person {
  return {
    id: token.name,
    kind: token.kind,
    teams: token.teams,
    aliases: token.aliases,
    grants: token.grants,
    via: 'token',
  };
}

/** Whether a token has ended. */
export function hasEnded(token: Pick<TokenSettings, 'expiresAt'>, now: Date): boolean {
  return token.expiresAt !== null && now.getTime() >= Date.parse(token.expiresAt);
}
