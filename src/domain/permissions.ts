import { matchesGlob } from './glob.ts';
import type { Grant, Person, Role, Scope } from './person.ts';
import { ROLES } from './person.ts';
import { matchesRepo } from './repo-name.ts';

/** Everything that somebody may want to do, and the least role that may. */
export const ACTION_ROLES = {
  read: 'viewer',
  see: 'viewer',
  audit: 'viewer',
  scan: 'operator',
  cancel: 'operator',
  sync: 'operator',
  rollback: 'operator',
  hold: 'operator',
  release_lock: 'operator',
  approve: 'approver',
  break_glass: 'admin',
} as const satisfies Record<string, Role>;

/** Something that somebody may want to do. */
export type PersonAction = keyof typeof ACTION_ROLES;

/** Actions that are a person's word: no machine may speak it, whatever its role. */
const PEOPLE_ONLY: readonly PersonAction[] = ['approve', 'break_glass'];

/** Why somebody may not do something. */
export interface PermissionRefusal {
  code: 'not_entitled' | 'machine';
  /** The least role that may. */
  role: Role;
  message: string;
  /** The same for somebody who may not know of the place. */
  bare: string;
}

/**
 * Whether a person may do something; undefined when they may.
 * A scope without a repo is about all of them: only grants for every repo count, but anybody with any grant may `read`
 * (lists then hold what the person may `see`). The same goes for environments within a repo. To `see` is exact: without an
 * environment it is about what belongs to none, or to all of them.
 */
export function mayDo(person: Person, action: PersonAction, scope: Scope): PermissionRefusal | undefined {
  const role = ACTION_ROLES[action];
  if (person.kind === 'machine' && PEOPLE_ONLY.includes(action)) {
    const message = `${person.id} is a machine: only people ${action === 'approve' ? 'decide on a plan' : 'may break the glass'}`;
    return { code: 'machine', role, message, bare: message };
  }
  if (person.grants.some((grant) => covers(grant, role, action, scope))) return undefined;
  const held = bestRole(person, scope);
  return {
    code: 'not_entitled',
    role,
    message: `${person.id} may not ${WORDS[action]}${placeOf(scope)}: that needs the role ${role}, and theirs is ${held ?? 'none'} there`,
    bare: `${person.id} may not ${WORDS[action]} here: that needs the role ${role} in a place that is not theirs to see`,
  };
}

/** Whether a grant names this environment, rather than holding for all of them. */
export function isNamedIn(person: Person, environment: string): boolean {
  return person.grants.some(({ environments }) =>
    environments.some((glob) => matchesGlob(glob, environment)),
  );
}

/** The highest role that a person has at a place; null for none. */
export function bestRole(person: Person, scope: Scope): Role | null {
  return ROLES.findLast((role) => person.grants.some((grant) => covers(grant, role, 'sync', scope))) ?? null;
}

const WORDS: Readonly<Record<PersonAction, string>> = {
  read: 'read',
  see: 'read',
  audit: 'read the audit log',
  scan: 'start scans',
  cancel: 'cancel tasks',
  sync: 'start syncs',
  rollback: 'roll back',
  hold: 'pause or resume',
  release_lock: 'release locks',
  approve: 'decide on plans',
  break_glass: 'apply in an emergency',
};

function covers(grant: Grant, role: Role, action: PersonAction, scope: Scope): boolean {
  if (ROLES.indexOf(grant.role) < ROLES.indexOf(role)) return false;
  const anywhere = action === 'read';
  return (
    holdsFor(grant.repos, scope.repo, anywhere, matchesRepo) &&
    holdsFor(grant.environments, scope.environment, anywhere, matchesGlob)
  );
}

function holdsFor(
  globs: readonly string[],
  name: string | null,
  anywhere: boolean,
  matches: (glob: string, name: string) => boolean,
): boolean {
  if (globs.length === 0) return true;
  return name === null ? anywhere : globs.some((glob) => matches(glob, name));
}

function placeOf(scope: Scope): string {
  const environment = scope.environment === null ? '' : ` in ${scope.environment}`;
  return `${scope.repo === null ? '' : ` for ${scope.repo}`}${environment}`;
}
