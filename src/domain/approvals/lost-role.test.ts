import { describe, expect, it } from 'vitest';
import { aToken } from '../../../test/support/a-token.ts';
import type { OidcSettings, TokenSettings } from '../settings.ts';
import type { Decision } from './approval.ts';
import { lostApprovals } from './lost-role.ts';

const place = { repo: 'my-infra', environment: 'production' };
const everywhere = { repos: [], environments: [] };
const of = (changes: Partial<Decision> = {}): Decision => ({
  id: 'one',
  approvalId: 'a',
  ...place,
  stackKey: 'envs/prod',
  digest: 'd',
  kind: 'approve',
  by: 'bob@example.com',
  teams: [],
  aliases: [],
  reason: '',
  at: '2026-11-01T10:00:00.000Z',
  via: 'api',
  signature: 'signed',
  withdrawnAt: null,
  ...changes,
});
const bob = (grants: TokenSettings['grants']) => aToken('Bob@Example.com', 's', { grants });
const approver = bob([{ ...everywhere, role: 'approver' }]);
const operator = bob([{ ...everywhere, role: 'operator' }]);
const elsewhere = bob([{ role: 'approver', repos: [], environments: ['staging'] }]);
const issuer = { issuer: 'https://id.example.com' } as OidcSettings;

describe('lostApprovals', () => {
  it.each<[string, TokenSettings[], OidcSettings[], Partial<Decision>, boolean]>([
    ['the role', [approver], [], {}, false],
    ['the role by one of two tokens', [operator, approver], [], {}, false],
    ['another role', [operator], [], {}, true],
    ['the role somewhere else', [elsewhere], [], {}, true],
    ['another role, whatever an identity provider says', [operator], [issuer], {}, true],
    ['no token, and no identity provider', [], [], {}, true],
    ['no token, but perhaps an identity provider', [], [issuer], {}, false],
    ['another role, who has rejected', [operator], [], { kind: 'reject' }, false],
    ['another role, who has taken it back', [operator], [], { withdrawnAt: '2026-11-01T11:00:00Z' }, false],
    ['no token, and whose word is not signed', [], [], { signature: null }, false],
  ])('of somebody with %s', (_, tokens, oidc, changes, lost) => {
    const decision = of(changes);
    expect(lostApprovals(place, [decision], { mode: 'tokens', tokens, oidc })).toEqual(
      lost ? [decision] : [],
    );
  });

  it('are none where no tokens are configured', () => {
    expect(lostApprovals(place, [of()], { mode: 'open' })).toEqual([]);
  });
});
