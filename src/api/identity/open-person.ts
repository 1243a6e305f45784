import { userInfo } from 'node:os';
import type { Person } from '../../domain/person.ts';

/** Nobody: what a request is until it is known who sent it. May do nothing. */
export const NOBODY: Person = {
  id: 'anonymous',
  kind: 'person',
  teams: [],
  aliases: [],
  grants: [],
  via: 'open',
};

/** Whoever comes from another machine where nothing is configured: reads. */
export const VISITOR: Person = { ...NOBODY, grants: [{ role: 'viewer', repos: [], environments: [] }] };

/** Everybody where the config says `auth: none`: one person, for nobody can tell them apart. */
export const EVERYBODY: Person = {
  ...NOBODY,
  id: 'open',
  grants: [{ role: 'admin', repos: [], environments: [] }],
};

/** The user who runs this process: who works on this machine where nothing is configured. */
export function localPerson(aliases: readonly string[] = []): Person {
  const user = osUser();
  return {
    id: `local:${user}`,
    kind: 'person',
    teams: [],
    aliases: [user, ...aliases].map((alias) => alias.toLowerCase()),
    grants: [{ role: 'admin', repos: [], environments: [] }],
    via: 'local',
  };
}

/** A user ID without an entry in the system's list has no name. */
function osUser(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'user');
  }
}
