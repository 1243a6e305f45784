import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuthSettings } from '../../src/domain/settings.ts';
import { createPeerCheck } from '../../src/api/peer-user.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aToken } from '../support/a-token.ts';

const SECRET = 'plb_3q2-7w~correct.horse';
const TOKENS: AuthSettings = {
  mode: 'tokens',
  tokens: [aToken('ci', SECRET)],
  oidc: [],
};
const READ = { method: 'GET', url: '/api/repos' } as const;
const CHANGE = { method: 'POST', url: '/api/repos/my-infra/scan' } as const;
const LOCAL = { remoteAddress: '127.0.0.1', headers: { host: 'localhost:8080' } };
const REMOTE = { remoteAddress: '10.0.0.7', headers: { host: 'plumbline.example:8080' } };
const BEARER = { authorization: `Bearer ${SECRET}` };

let api: ApiFixture;

beforeEach(async () => {
  api = await apiFixture();
});

afterEach(() => api.close());

describe('who may do what', () => {
  const open: AuthSettings = { mode: 'open' };
  const none: AuthSettings = { mode: 'none' };
  it.each([
    ['open', 'reads', 'from this machine', open, READ, LOCAL, {}, 200],
    ['open', 'reads', 'from elsewhere', open, READ, REMOTE, {}, 200],
    ['open', 'changes', 'from this machine', open, CHANGE, LOCAL, {}, 200],
    ['open', 'changes', 'from elsewhere', open, CHANGE, REMOTE, {}, 403],
    [
      'open',
      'changes',
      'from elsewhere as localhost',
      open,
      CHANGE,
      { ...REMOTE, headers: LOCAL.headers },
      {},
      403,
    ],
    [
      'open',
      'changes',
      'from elsewhere with a forged header',
      open,
      CHANGE,
      REMOTE,
      { 'x-forwarded-for': '127.0.0.1' },
      403,
    ],
    [
      'open',
      'changes',
      'from a page of another site',
      open,
      CHANGE,
      LOCAL,
      { 'sec-fetch-site': 'cross-site' },
      403,
    ],
    [
      'open',
      'changes',
      'by a rebound name',
      open,
      CHANGE,
      { ...LOCAL, headers: { host: 'evil.example' } },
      {},
      403,
    ],
    [
      'none',
      'changes',
      'from a page of a name that was made to point here',
      none,
      CHANGE,
      { ...REMOTE, headers: { host: 'evil.example' } },
      { 'sec-fetch-site': 'same-origin', origin: 'http://evil.example' },
      403,
    ],
    ['none', 'reads', 'from elsewhere', none, READ, REMOTE, {}, 200],
    ['none', 'changes', 'from elsewhere', none, CHANGE, REMOTE, {}, 200],
    [
      'none',
      'changes',
      'from a page of another site',
      none,
      CHANGE,
      REMOTE,
      { origin: 'https://evil.example' },
      403,
    ],
    ['tokens', 'reads', 'without a token', TOKENS, READ, LOCAL, {}, 401],
    ['tokens', 'changes', 'without a token', TOKENS, CHANGE, LOCAL, {}, 401],
    ['tokens', 'reads', 'with a wrong token', TOKENS, READ, LOCAL, { authorization: 'Bearer wrong' }, 401],
    [
      'tokens',
      'reads',
      'with the token as a password',
      TOKENS,
      READ,
      LOCAL,
      { authorization: `Basic ${SECRET}` },
      401,
    ],
    ['tokens', 'reads', 'with the token', TOKENS, READ, REMOTE, BEARER, 200],
    ['tokens', 'changes', 'with the token', TOKENS, CHANGE, REMOTE, BEARER, 200],
  ])('%s: %s %s', async (_mode, _what, _from, auth, request, place, headers, status) => {
    api.reload({ auth });
    const answer = await api.app.inject({
      ...request,
      remoteAddress: place.remoteAddress,
      headers: { ...place.headers, ...(headers as Record<string, string>) },
    });
    expect(answer.statusCode, answer.body).toBe(status);
    expect(api.temporal.started.length).toBe(request === CHANGE && status === 200 ? 1 : 0);
    const type = status === 200 ? 'application/json' : 'application/problem+json';
    expect(answer.headers['content-type']).toBe(`${type}; charset=utf-8`);
  });
});

describe('with tokens', () => {
  beforeEach(() => api.reload({ auth: TOKENS }));

  it.each(['/api/stacks', '/api/tasks', '/api/tasks/x:1/events', '/api/jobs/a:b:1', '/metrics'])(
    'keeps %s closed',
    async (url) => {
      const answer = await api.app.inject(url);
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="plumbline"');
    },
  );

  it.each(['/api/health', '/openapi.json', '/docs'])('leaves %s open', async (url) => {
    expect((await api.app.inject(url)).statusCode).toBe(200);
  });

  it('notes whose token started a scan when the body names nobody', async () => {
    await api.app.inject({ ...CHANGE, headers: BEARER });
    expect(api.temporal.started).toMatchObject([{ actor: 'ci' }]);
  });

  it('tells an address with many wrong tokens to wait, and still lets the right one in', async () => {
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 22; attempt += 1) {
      const answer = await api.app.inject({ ...READ, headers: { authorization: `Bearer wrong-${attempt}` } });
      statuses.push(answer.statusCode);
    }
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    expect(statuses.at(-1)).toBe(429);
    expect((await api.app.inject({ ...READ, headers: BEARER })).statusCode).toBe(200);
    const other = await api.app.inject({
      ...READ,
      remoteAddress: '10.1.1.1',
      headers: { authorization: 'Bearer wrong' },
    });
    expect(other.statusCode).toBe(401);
  });

  it('is the local user by a program of the own user, and a visitor by one of another user', async () => {
    const foreign = await apiFixture({ deps: { peerUser: createPeerCheck((process.getuid?.() ?? 0) + 1) } });
    api.reload({ auth: { mode: 'open' } });
    try {
      const seen = [];
      for (const { app } of [api, foreign]) {
        const url = await app.listen({ port: 0, host: '127.0.0.1' });
        const me = (await (await fetch(`${url}/api/me`)).json()) as { via: string };
        seen.push([me.via, (await fetch(`${url}${CHANGE.url}`, { method: 'POST' })).status]);
      }
      expect(seen).toEqual([
        ['local', 200],
        ['open', 403],
      ]);
    } finally {
      await foreign.close();
    }
  });

  it('is nobody with two tokens, in one header or in two, whichever of them is right', async () => {
    api.reload({ auth: { mode: 'tokens', tokens: [aToken('a', 'one'), aToken('b', 'two')], oidc: [] } });
    const url = await api.app.listen({ port: 0, host: '127.0.0.1' });
    const answers = [];
    for (const authorization of [['Bearer one, Bearer two'], ['Bearer one', 'Bearer two'], ['Bearer one']]) {
      const headers = authorization.flatMap((value) => ['Authorization', value]);
      const asked = request(`${url}/api/me`, {
        headers: ['Host', new URL(url).host, ...headers],
        agent: false,
      });
      const [answer] = (await once(asked.end(), 'response')) as [IncomingMessage];
      answers.push(answer.statusCode);
      answer.resume();
    }
    expect(answers).toEqual([401, 401, 200]);
  });

  it('is nobody any more as soon as the config has no such token', async () => {
    const tokens = [aToken('gone@example.com', 'gone'), aToken('ci', 'ci')];
    api.reload({ auth: { mode: 'tokens', tokens, oidc: [] } });
    expect((await api.app.inject({ ...READ, headers: { authorization: 'Bearer gone' } })).statusCode).toBe(
      200,
    );
    api.reload({ auth: { mode: 'tokens', tokens: tokens.slice(1), oidc: [] } });
    expect(
      (await api.app.inject({ ...READ, headers: { authorization: 'Bearer gone' } })).json(),
    ).toMatchObject({ status: 401, code: 'token_needed' });
  });

  it('records refused changes of an address only so often', async () => {
    api.reload({ auth: { mode: 'open' } });
    const statuses = [];
    for (let n = 0; n < 30; n += 1) {
      const answer = await api.app.inject({ ...CHANGE, ...REMOTE });
      statuses.push(answer.statusCode);
    }
    expect([statuses[0], statuses.at(-1)]).toEqual([403, 429]);
    const records = await api.store.audit.newest({ action: 'access.refused', limit: 100 });
    expect(records).toHaveLength(statuses.filter((status) => status === 403).length);
    expect((await api.app.inject({ ...READ, ...REMOTE })).statusCode).toBe(200);
    expect((await api.app.inject({ ...CHANGE, ...LOCAL })).statusCode).toBe(200);
  });

  it.each([
    ['a path', 'GET', '/api/jobs/a%00b', {}],
    ['a query', 'GET', '/api/attempts?task=%00', {}],
    ['a body', 'POST', '/api/repos/my-infra/sync', { payload: { stacks: ['envs/\0'] } }],
  ] as const)('refuses a NUL character in %s', async (_, method, url, more) => {
    const answer = await api.app.inject({ method, url, headers: BEARER, ...more });
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'invalid_request']);
  });

  it.each([
    ['lists', '[', '1', ']'],
    ['objects', '{"a":', '1', '}'],
  ])('refuses a body of nested %s, however deep', async (_, open, inside, close) => {
    const most = Math.floor((16_384 - inside.length) / (open.length + close.length));
    for (const levels of [100, most]) {
      const answer = await api.app.inject({
        method: 'POST',
        url: '/api/repos/my-infra/sync',
        headers: { ...BEARER, 'content-type': 'application/json' },
        payload: open.repeat(levels) + inside + close.repeat(levels),
      });
      expect([answer.statusCode, answer.json()]).toMatchObject([400, { code: 'invalid_request' }]);
      expect(answer.body).toContain('nested');
    }
  });

  it('waits for no request without an end', () => {
    expect(api.app.server.requestTimeout).toBe(30_000);
  });

  it('never writes a token to the log', async () => {
    await api.app.inject({ ...READ, headers: BEARER });
    await api.app.inject({ ...READ, headers: { authorization: 'Bearer wr0ng-secret' } });
    await api.app.inject({ url: `/api/repos?token=${SECRET}` });
    const log = JSON.stringify(api.log);
    expect(log).toContain('wrong API token');
    expect(log).not.toContain(SECRET);
    expect(log).not.toContain('wr0ng-secret');
  });
});

describe('the start', () => {
  it.each([
    [{ mode: 'open' } as const, /NO ACCESS CONTROL: .*this machine only/],
    [{ mode: 'none' } as const, /NO ACCESS CONTROL \(auth: none\)/],
  ])('warns loudly when auth is %o', async (auth, warning) => {
    const other = await apiFixture({ auth });
    expect(other.log).toContainEqual(
      expect.objectContaining({ level: 40, msg: expect.stringMatching(warning) as string }),
    );
    await other.close();
  });

  it('warns of nothing when there are tokens', async () => {
    const other = await apiFixture({ auth: TOKENS });
    expect(JSON.stringify(other.log)).not.toContain('NO ACCESS CONTROL');
    await other.close();
  });
});
