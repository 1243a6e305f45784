import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRepoUrl } from './repo-url.ts';

const check = (url: string, allowLocal = false): ReturnType<typeof checkRepoUrl> =>
  checkRepoUrl(url, { allowLocal, cwd: '/folder' });

describe('checkRepoUrl', () => {
  it.each([
    ['https://github.com/myorg/infra.git', 'https'],
    ['http://localhost:3000/o/r.git', 'http'],
    ['ssh://git@example.com:2222/o/r.git', 'ssh'],
    ['git@github.com:myorg/infra.git', 'ssh'],
    ['example.com:path/to/repo', 'ssh'],
  ])('keeps %s as it is', (url, transport) => {
    expect(check(url)).toEqual({ ok: true, value: { url, credentials: null, transport } });
  });

  it('splits credentials off, decoded', () => {
    expect(check('https://x-access-token:a%2Fb@example.com/o/r.git')).toEqual({
      ok: true,
      value: { url: 'https://example.com/o/r.git', credentials: 'x-access-token:a/b', transport: 'https' },
    });
  });

  it.each([
    'ext::sh -c "touch /tmp/x"',
    'ext::sh',
    'fd::17',
    '-uhttps://example.com/r.git',
    'ssh://-oProxyCommand=x/r.git',
    'ssh://-oProxyCommand@example.com/r.git',
    '-oProxyCommand=x:path',
    'git@-oProxyCommand=x:path',
    'git@example.com:-path',
    'git://example.com/r.git',
    'ftp://example.com/r.git',
    'https://example.com/r.git?token=x',
    'https://example.com/',
    'https:///r.git',
    'https://user:%zz@example.com/r.git',
    'user:token@example.com:o/r.git',
    'ssh://user:secret@example.com/r.git',
    'https://example.com/a b.git',
    'https://example.com/r.git\n--upload-pack=x',
    '',
  ])('refuses %j, also where local paths are allowed', (url) => {
    expect(check(url, true).ok).toBe(false);
  });

  it.each([
    ['/srv/git/r.git', '/srv/git/r.git'],
    ['./r.git', '/folder/r.git'],
    ['../r', '/r'],
    ['file:///srv/git/r.git', 'file:///srv/git/r.git'],
  ])('takes the local repository %s only when it is allowed', (text, url) => {
    expect(check(text)).toMatchObject({
      ok: false,
      suggestion: expect.stringContaining('git.allow_local') as string,
    });
    expect(check(text, true)).toEqual({ ok: true, value: { url, credentials: null, transport: 'local' } });
  });

  it('never lets credentials of an https URL through', () => {
    const word = fc.stringMatching(/^[a-zA-Z0-9]{6,20}$/);
    fc.assert(
      fc.property(word, word, (user, token) => {
        const result = check(`https://${user}:${token}secret@example.com/o/r.git`);
        expect(result.ok && result.value.url).toBe('https://example.com/o/r.git');
        expect(result.ok && result.value.credentials).toBe(`${user}:${token}secret`);
      }),
    );
  });
});
