import { describe, expect, it } from 'vitest';
import { faultLines, loadText } from '../../test/support/config-file.ts';

const REPO = 'repos: [{name: infra, url: "https://example.com/o/r.git"}]\n';
const HASH = `sha256:${'a'.repeat(64)}`;

describe('auth.tokens', () => {
  it('say who holds them, what they may do, and when they end', async () => {
    const { settings } = await loadText(`${REPO}
environments: [{name: production, aliases: [live]}]
auth:
  tokens:
    - name: alice@example.com
      hash: ${HASH}
      teams: [security-team]
      aliases: [Alice, "alice@users.example.com"]
      expires_at: 2027-01-01T00:00:00+01:00
      grants:
        - {role: approver, environments: [prod, live]}
        - {role: viewer, repos: ["in*"]}
    - {name: ci, hash: ${HASH}, kind: machine, role: admin}
`);
    expect(settings.auth).toMatchObject({
      tokens: [
        {
          kind: 'person',
          teams: ['security-team'],
          aliases: ['alice', 'alice@users.example.com'],
          expiresAt: '2026-12-31T23:00:00.000Z',
          grants: [
            { role: 'approver', repos: [], environments: ['production', 'production'] },
            { role: 'viewer', repos: ['in*'], environments: [] },
          ],
        },
        { kind: 'machine', grants: [{ role: 'admin', repos: [], environments: [] }] },
      ],
    });
  });

  it('are published by name and role, without what they are proven with', async () => {
    const published = async (auth: string) => (await loadText(`${REPO}auth: ${auth}`)).settings.published;
    const token = `{name: alice@example.com, hash: ${HASH}, role: approver, teams: [security]}`;
    const { roles } = await published(`{tokens: [${token}]}`);
    expect(roles).toEqual({
      tokens: [
        {
          name: 'alice@example.com',
          kind: 'person',
          teams: ['security'],
          aliases: [],
          grants: [{ role: 'approver', repos: [], environments: [] }],
        },
      ],
      others: false,
    });
    expect(await published('none')).not.toHaveProperty('roles');
  });

  it('of one name are one person while the one is replaced by the other', async () => {
    const pair = (end: string): string =>
      `auth: {tokens: [{name: a, hash: "${HASH}"${end}}, {name: a, token_env: A}]}`;
    expect(await faultLines(pair(', expires_at: 2027-01-01'))).toEqual([]);
    expect(await faultLines(pair(''))).toEqual(['auth.tokens[1].name: another token is called "a"']);
  });

  it.each([
    [
      'tokens: [{name: a, token_env: A, role: boss}]',
      'auth.tokens[0].role: must be one of viewer, operator, approver, admin',
    ],
    [
      'tokens: [{name: a, token_env: A, role: viewer, grants: [{role: viewer}]}]',
      'auth.tokens[0].role: stands beside grants',
    ],
    [
      'tokens: [{name: a, token_env: A, grants: [{role: viewer, repos: [infa]}]}]',
      'auth.tokens[0].grants[0].repos[0]: there is no repository "infa"',
    ],
    [
      'tokens: [{name: a, token_env: A, expires_at: soon}]',
      'auth.tokens[0].expires_at: "soon" is neither a day nor a moment',
    ],
    [
      'oidc: [{issuer: "https://id", audience: a, grants: []}]',
      'auth.oidc[0].grants: must list at least one grant',
    ],
    ['oidc: [{audience: a, grants: [{team: x, role: viewer}]}]', 'auth.oidc[0].issuer: is missing'],
  ])('say of %s: %s', async (text, line) => {
    expect(await faultLines(`${REPO}auth: {${text}}`)).toContain(line);
  });

  it('are missing when there are no issuers either', async () => {
    expect(await faultLines('auth: {}')).toEqual(['auth: lists neither tokens nor oidc']);
  });
});

describe('auth.oidc', () => {
  it('has the usual claims unless others are named', async () => {
    const { settings } = await loadText(
      'auth: {oidc: [{issuer: "https://id.example.com", audience: plumbline, grants: [{team: "*", role: viewer}, {team: sec, role: approver, environments: [prod]}]}]}',
    );
    expect(settings.auth).toEqual({
      mode: 'tokens',
      tokens: [],
      oidc: [
        {
          issuer: 'https://id.example.com',
          audience: 'plumbline',
          kind: 'person',
          jwksUrl: null,
          idClaim: 'email',
          teamsClaim: 'groups',
          aliasClaims: ['preferred_username'],
          grants: [
            { team: '*', grant: { role: 'viewer', repos: [], environments: [] } },
            { team: 'sec', grant: { role: 'approver', repos: [], environments: ['production'] } },
          ],
        },
      ],
    });
  });
});
