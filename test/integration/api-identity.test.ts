import { userInfo } from 'node:os';
import { exportSPKI, importJWK, type JWK, SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RefusedAttempt } from '../../src/api/identity/require-permission.ts';
import type { AuthSettings, OidcSettings } from '../../src/domain/settings.ts';
import { aToken } from '../support/a-token.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aRepo } from '../support/api-settings.ts';
import { type IdentityServer, startIdentityServer } from '../support/identity-server.ts';

let api: ApiFixture;
let refused: (RefusedAttempt & { by: string })[];

beforeEach(async () => {
  refused = [];
  api = await apiFixture({
    repos: [aRepo(), aRepo({ name: 'other' })],
    deps: {
      jwks: { pauseMs: 0 },
      localAliases: ['Me@Example.com'],
      onRefused: async (request, attempt) => {
        refused.push({ ...attempt, by: request.person.id });
      },
    },
  });
});
afterEach(() => api.close());

async function ask(secret: string | undefined, url = '/api/me', method: 'GET' | 'POST' = 'GET') {
  return api.app.inject({
    method,
    url,
    headers: secret === undefined ? {} : { authorization: `Bearer ${secret}` },
  });
}

describe('a person of a token', () => {
  it('is who the config says, with teams and roles', async () => {
    const grants = [{ role: 'approver' as const, repos: [], environments: ['production'] }];
    api.reload({
      auth: {
        mode: 'tokens',
        tokens: [aToken('alice@example.com', 's', { teams: ['sec'], grants })],
        oidc: [],
      },
    });
    expect((await ask('s')).json()).toEqual({
      id: 'alice@example.com',
      kind: 'person',
      teams: ['sec'],
      via: 'token',
      roles: grants,
    });
  });

  it('is told apart from a wrong token once it has ended, and both are recorded', async () => {
    const expiresAt = '2020-01-01T00:00:00.000Z';
    api.reload({
      auth: { mode: 'tokens', tokens: [aToken('ci', 'old', { expiresAt }), aToken('ci', 'new')], oidc: [] },
    });
    const old = await ask('old');
    expect([old.statusCode, old.json<{ code: string }>().code]).toEqual([401, 'token_expired']);
    expect((await ask('wrong')).json()).toMatchObject({ code: 'token_needed' });
    expect((await ask('new')).json()).toMatchObject({ id: 'ci' });
    expect(refused.map(({ action, code, by }) => [action, code, by])).toEqual([
      ['login', 'token_expired', 'anonymous'],
      ['login', 'token_needed', 'anonymous'],
    ]);
  });

  it('reads only the repos of its grants: of others it is told nothing, and its attempt is on record', async () => {
    const grants = [{ role: 'viewer' as const, repos: ['my-*'], environments: [] }];
    api.reload({ auth: { mode: 'tokens', tokens: [aToken('v', 's', { grants })], oidc: [] } });
    expect((await ask('s', '/api/repos/my-infra')).statusCode).toBe(200);
    const answer = await ask('s', '/api/repos/other');
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ code: 'repo_not_found', detail: 'Repository not configured' });
    const message = 'v may not read for other: that needs the role viewer, and theirs is none there';
    expect(refused).toMatchObject([
      { action: 'read', scope: { repo: 'other' }, code: 'not_entitled', message, by: 'v' },
    ]);
  });

  it('may not start a scan as a viewer, and may as an operator', async () => {
    const grant = { repos: [], environments: [] };
    api.reload({
      auth: {
        mode: 'tokens',
        tokens: [
          aToken('v', 'viewer', { grants: [{ role: 'viewer', ...grant }] }),
          aToken('o', 'operator', { grants: [{ role: 'operator', ...grant }] }),
        ],
        oidc: [],
      },
    });
    const url = '/api/repos/my-infra/scan';
    expect((await ask('viewer', url, 'POST')).json()).toMatchObject({ code: 'not_allowed' });
    expect(api.temporal.started).toEqual([]);
    expect((await ask('operator', url, 'POST')).statusCode).toBe(200);
    expect((await ask('viewer', '/metrics')).statusCode).toBe(200);
  });
});

describe('the address of a refused request', () => {
  const forwarded = '198.51.100.1, 203.0.113.9';
  const from = async (trustedProxies: string[]): Promise<(string | undefined)[]> => {
    const other = await apiFixture({});
    const grants = [{ role: 'viewer' as const, repos: [], environments: ['development'] }];
    const tokens = [aToken('v', 's', { grants })];
    other.reload({ auth: { mode: 'tokens', tokens, oidc: [] }, trustedProxies });
    const headers = { 'x-forwarded-for': forwarded, authorization: 'Bearer s' };
    const request = { headers, remoteAddress: '10.0.0.7' };
    const read = await other.app.inject({ url: '/metrics', ...request });
    const change = await other.app.inject({ method: 'POST', url: '/api/repos/my-infra/scan', ...request });
    expect([read.statusCode, change.statusCode]).toEqual([403, 403]);
    const records = await other.store.audit.list({ action: 'access.refused', afterSeq: 0, limit: 9 });
    await other.close();
    return records.map(({ source }) => source);
  };

  it('is the socket’s, unless the config trusts the proxy: then it is the caller’s', async () => {
    expect(await from([])).toEqual(['api 10.0.0.7', 'api 10.0.0.7']);
    expect(await from(['192.0.2.0/24'])).toEqual(['api 10.0.0.7', 'api 10.0.0.7']);
    expect(await from(['10.0.0.0/8'])).toEqual(['api 203.0.113.9', 'api 203.0.113.9']);
  });
});

describe('a person where nothing is configured', () => {
  const remote = { remoteAddress: '10.0.0.7', headers: { host: 'plumbline.example' } };

  it('is the local user on this machine, and a visitor elsewhere', async () => {
    const user = userInfo().username;
    expect((await ask(undefined)).json()).toMatchObject({
      id: `local:${user}`,
      via: 'local',
      roles: [{ role: 'admin', repos: [], environments: [] }],
    });
    const visitor = await api.app.inject({ url: '/api/me', ...remote });
    expect(visitor.json()).toMatchObject({ id: 'anonymous', via: 'open', roles: [{ role: 'viewer' }] });
    const change = await api.app.inject({ method: 'POST', url: '/api/repos/my-infra/scan', ...remote });
    expect(change.statusCode).toBe(403);
    expect(refused).toMatchObject([{ action: 'change', code: 'remote_change_refused', by: 'anonymous' }]);
  });

  it('is one and the same everybody with auth: none', async () => {
    api.reload({ auth: { mode: 'none' } });
    const answer = await api.app.inject({ url: '/api/me', ...remote });
    expect(answer.json()).toMatchObject({ id: 'open', via: 'open', roles: [{ role: 'admin' }] });
  });
});

describe('a person of a JSON Web Token', () => {
  let identity: IdentityServer;
  const alice = {
    email: 'alice@example.com',
    email_verified: true,
    groups: ['security', 'staff'],
    preferred_username: 'Alice',
  };

  beforeEach(async () => {
    identity = await startIdentityServer();
    api.reload({ auth: oidc() });
  });
  afterEach(() => identity.close());

  function oidc(changes: Partial<OidcSettings> = {}): AuthSettings {
    const settings: OidcSettings = {
      issuer: identity.issuer,
      audience: 'plumbline',
      kind: 'person',
      jwksUrl: null,
      idClaim: 'email',
      teamsClaim: 'groups',
      aliasClaims: ['preferred_username'],
      grants: [
        { team: '*', grant: { role: 'viewer', repos: [], environments: [] } },
        { team: 'security', grant: { role: 'approver', repos: [], environments: ['production'] } },
        { team: 'admins', grant: { role: 'admin', repos: [], environments: [] } },
      ],
      ...changes,
    };
    return { mode: 'tokens', tokens: [aToken('ci', 'ci-secret')], oidc: [settings] };
  }

  it('has the grants of all their teams, and stands beside tokens of the config', async () => {
    const answer = await ask(await identity.token(alice));
    expect(answer.json()).toEqual({
      id: 'alice@example.com',
      kind: 'person',
      teams: ['security', 'staff'],
      via: 'oidc',
      roles: [
        { role: 'viewer', repos: [], environments: [] },
        { role: 'approver', repos: [], environments: ['production'] },
      ],
    });
    expect((await ask('ci-secret')).json()).toMatchObject({ id: 'ci', via: 'token' });
  });

  it('costs one look at the keys, not one per request', async () => {
    const token = await identity.token(alice);
    for (let n = 0; n < 5; n += 1) expect((await ask(token)).statusCode).toBe(200);
    expect(identity.reads()).toBe(1);
  });

  it('goes on after the issuer has replaced its keys, and the old ones end', async () => {
    const before = await identity.token(alice);
    expect((await ask(before)).statusCode).toBe(200);
    await identity.rotate();
    expect((await ask(await identity.token(alice))).statusCode).toBe(200);
    expect((await ask(before)).json()).toMatchObject({ code: 'token_invalid' });
  });

  it.each([
    ['for another audience', alice, { audience: 'elsewhere' }, 'token_invalid'],
    ['of another issuer', alice, { issuer: 'https://evil.example' }, 'token_invalid'],
    ['that has expired', alice, { expires: '-2 minutes' }, 'token_expired'],
    ['that never ends', alice, { expires: null }, 'token_invalid'],
    ['signed with a strange key under a known name', alice, { strangeKey: true }, 'token_invalid'],
    ['without the ID claim', { groups: ['security'] }, {}, 'token_invalid'],
    ['in the name of what acts by itself', { ...alice, email: 'plumbline' }, {}, 'token_invalid'],
    ['in the name of a local user', { ...alice, email: 'local:root' }, {}, 'token_invalid'],
    ['with a name of two lines', { ...alice, email: 'alice@example.com\nroot' }, {}, 'token_invalid'],
    [
      'with a name without an end',
      { ...alice, email: `${'a'.repeat(9_000)}@example.com` },
      {},
      'token_invalid',
    ],
    ['that is not valid yet', { ...alice, nbf: 4_102_444_800 }, {}, 'token_invalid'],
    ['with an email address that nobody verified', { ...alice, email_verified: false }, {}, 'token_invalid'],
  ])('is refused %s', async (_, claims, options, code) => {
    const answer = await ask(await identity.token(claims, options));
    expect(answer.statusCode).toBe(401);
    expect(answer.json()).toMatchObject({ code });
    expect(answer.headers['www-authenticate']).toContain('Bearer');
    expect(refused).toMatchObject([{ action: 'login', code, by: 'anonymous' }]);
  });

  it('is refused where the public key is taken for a shared secret', async () => {
    const { keys } = (await (await fetch(`${identity.issuer}/keys`)).json()) as { keys: JWK[] };
    const pem = await exportSPKI((await importJWK(keys[0]!)) as CryptoKey);
    const token = await new SignJWT({ ...alice, iss: identity.issuer, aud: 'plumbline' })
      .setProtectedHeader({ alg: 'HS256', kid: 'first' })
      .setExpirationTime('5 minutes')
      .sign(new TextEncoder().encode(pem));
    expect((await ask(token)).json()).toMatchObject({ status: 401, code: 'token_invalid' });
  });

  it('is refused without a signature, and with a shared secret', async () => {
    const parts = { ...alice, iss: identity.issuer, aud: 'plumbline' };
    const unsigned = new UnsecuredJWT(parts).setExpirationTime('5 minutes').encode();
    const shared = await new SignJWT(parts)
      .setProtectedHeader({ alg: 'HS256', kid: 'first' })
      .setExpirationTime('5 minutes')
      .sign(new TextEncoder().encode('a shared secret of thirty-two characters'));
    for (const token of [unsigned, shared]) expect((await ask(token)).statusCode).toBe(401);
  });

  it('gets 503, not a wrong token, while the issuer cannot be reached, and works as soon as it can', async () => {
    api.reload({ auth: oidc({ jwksUrl: 'http://127.0.0.1:9/keys' }) });
    const token = await identity.token(alice);
    expect((await ask(token)).json()).toMatchObject({ status: 503, code: 'issuer_unavailable' });
    api.reload({ auth: oidc({ jwksUrl: `${identity.issuer}/keys` }) });
    expect((await ask(token)).statusCode).toBe(200);
  });

  it('may do nothing without a team that has a grant', async () => {
    api.reload({
      auth: oidc({ grants: [{ team: 'admins', grant: { role: 'admin', repos: [], environments: [] } }] }),
    });
    expect((await ask(await identity.token(alice))).json()).toMatchObject({
      status: 403,
      code: 'not_allowed',
    });
  });

  it('is a machine where the config says so, and reads teams and roles behind dots', async () => {
    api.reload({ auth: oidc({ kind: 'machine', idClaim: 'sub', teamsClaim: 'realm_access.roles' }) });
    const token = await identity.token({ sub: 'robot', realm_access: { roles: ['admins'] } });
    expect((await ask(token)).json()).toMatchObject({ id: 'robot', kind: 'machine', teams: ['admins'] });
  });
});
