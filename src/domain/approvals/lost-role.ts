import { mayDo, type PersonAction } from '../permissions.ts';
import type { AuthSettings, RoleHolders } from '../settings.ts';
import type { Approval, Decision } from './approval.ts';

/** Who has a role by this part of the config; undefined where nobody has to prove who they are. */
export function roleHolders(auth: AuthSettings): RoleHolders | undefined {
  if (auth.mode !== 'tokens') return undefined;
  const tokens = auth.tokens.map(({ name, kind, teams, aliases, grants }) => ({
    name,
    kind,
    teams,
    aliases,
    grants,
  }));
  return { tokens, others: auth.oidc.length > 0 };
}

/**
 * Whether somebody may not do this there by the config (decide, where nothing else is said): the tokens under their name lack the role, or there is none and nobody else who
 * could vouch for them. Of whom an identity provider knows it can't be told until they come again.
 */
export function lacksRole(
  { repo, environment }: Pick<Approval, 'repo' | 'environment'>,
  by: string,
  roles: RoleHolders | undefined,
  action: PersonAction = 'approve',
): boolean {
  if (roles === undefined) return false;
  const mayDecide = ({ name, kind, teams, aliases, grants }: RoleHolders['tokens'][number]): boolean =>
    mayDo({ id: name, kind, teams, aliases, grants, via: 'token' }, action, { repo, environment }) ===
    undefined;
  const own = roles.tokens.filter(({ name }) => name.toLowerCase() === by.toLowerCase());
  return own.length === 0 ? !roles.others : !own.some(mayDecide);
}

/**
 * Approvals, of one plan, by people who may not decide there any more by the config: see `lacksRole`. Rejections stand: whoever lost a
 * role may have had reason for them.
 */
export function lostApprovals(
  place: Pick<Approval, 'repo' | 'environment'>,
  decisions: readonly Decision[],
  auth: AuthSettings,
): Decision[] {
  const roles = roleHolders(auth);
  // An unsigned word is nobody's by the config.
  return decisions.filter(
    ({ kind, by, withdrawnAt, signature }) =>
      kind === 'approve' && withdrawnAt === null && signature !== null && lacksRole(place, by, roles),
  );
}
