import { mayDo } from '../permissions.ts';
import type { AuthSettings, TokenSettings } from '../settings.ts';
import type { Approval, Decision } from './approval.ts';

/**
 * Approvals, of one plan, by people who may not decide there any more by the config: the tokens under their name have lost the role,
 * or there is none and nobody else who could vouch for them. Whom an identity provider knows can't be told until they come again.
 * Rejections stand: whoever lost a role may have had reason for them.
 */
export function lostApprovals(
  { repo, environment }: Pick<Approval, 'repo' | 'environment'>,
  decisions: readonly Decision[],
  auth: AuthSettings,
): Decision[] {
  if (auth.mode !== 'tokens') return [];
  const mayDecide = ({ name, kind, teams, aliases, grants }: TokenSettings): boolean =>
    mayDo({ id: name, kind, teams, aliases, grants, via: 'token' }, 'approve', { repo, environment }) ===
    undefined;
  return decisions.filter(({ kind, by, withdrawnAt, signature }) => {
    // An unsigned word is nobody's by the config.
    if (kind !== 'approve' || withdrawnAt !== null || signature === null) return false;
    const own = auth.tokens.filter(({ name }) => name.toLowerCase() === by.toLowerCase());
    return own.length === 0 ? auth.oidc.length === 0 : !own.some(mayDecide);
  });
}
