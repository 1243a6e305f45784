import type { MeJson } from '../../api/types.ts';

const PROOFS: Record<string, string> = {
  token: 'proven by a token',
  oidc: 'proven by your identity provider',
  local: 'the user of this machine',
  open: 'nobody has to prove who they are here',
};

/** How the identity was proven, in words. */
export function proofWords(via: string): string {
  return PROOFS[via] ?? via;
}

/** Whether a token can be given up: only then is there anything to sign out of. */
export function isSignedIn(me: Pick<MeJson, 'via'> | undefined): boolean {
  return me?.via === 'token' || me?.via === 'oidc';
}

/** Roles, each with where it holds. */
export function grantWords(grants: MeJson['roles']): string {
  if (grants.length === 0) return 'none';
  return grants
    .map(({ role, repos, environments }) => {
      const where = [
        repos.length > 0 ? `repos ${repos.join(', ')}` : '',
        environments.length > 0 ? `environments ${environments.join(', ')}` : '',
      ].filter((part) => part !== '');
      return where.length === 0 ? role : `${role} (${where.join('; ')})`;
    })
    .join(', ');
}
