/** What somebody may do, from least to most: each role includes those before it. */
export const ROLES = ['viewer', 'operator', 'approver', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** A role, and where it holds. */
export interface Grant {
  role: Role;
  /** Globs over repo names; empty: every repo. */
  repos: readonly string[];
  /** Globs over environment names; empty: every environment, and stacks that belong to none. */
  environments: readonly string[];
}

/** Who asks: made from a token, a JWT, or the local user of the embedded form. Never holds a secret. */
export interface Person {
  /** Unique and stable: an email address, a login, a token's name, `local:<user>`. Stands in every record. */
  id: string;
  /** A machine never counts as an approving person. */
  kind: 'person' | 'machine';
  teams: readonly string[];
  /** Other names under which commits of the same person appear: email addresses and logins, in lower case. */
  aliases: readonly string[];
  grants: readonly Grant[];
  /** How the identity was proven: `token`, `oidc`, `local`, `open` (nothing is configured). */
  via: 'token' | 'oidc' | 'local' | 'open';
}

/** What a request is about, for the question whether somebody may do it. */
export interface Scope {
  repo: string | null;
  environment: string | null;
}
