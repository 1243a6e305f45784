import { describe, expect, it } from 'vitest';
import { PlumblineError } from '../util/errors.ts';
import { parseRepoUrl, resolveSubmoduleUrl, shownUrl } from './repo-url.ts';

describe('parseRepoUrl', () => {
  it.each([
    ['https://github.com/org/repo.git', { kind: 'http', protocol: 'https', host: 'github.com' }],
    ['HTTPS://Example.com:8443/r', { kind: 'http', protocol: 'https', host: 'Example.com:8443' }],
    ['http://127.0.0.1:3000/org/repo', { kind: 'http', protocol: 'http', host: '127.0.0.1:3000' }],
    ['https://user@example.com/r', { kind: 'http', protocol: 'https', host: 'example.com' }],
    ['http://[::1]:80/r', { kind: 'http', protocol: 'http', host: '[::1]:80' }],
    ['git@github.com:org/repo.git', { kind: 'ssh', host: 'github.com' }],
    ['github:org/repo', { kind: 'ssh', host: 'github' }],
    ['git@[::1]:org/repo.git', { kind: 'ssh', host: '[::1]' }],
    ['ssh://git@example.com:2222/r', { kind: 'ssh', host: 'example.com:2222' }],
  ])('reads %s', (url, expected) => {
    expect(parseRepoUrl(url, { allowLocal: false })).toMatchObject(expected);
  });

  it.each([
    '',
    'ext::sh -c id',
    'transport::https://example.com',
    '-x',
    '--upload-pack=id',
    'ssh://-oProxyCommand=id/x',
    'ssh://git@-oProxyCommand=id/x',
    'ssh://%2doProxyCommand=id/x',
    '-oProxyCommand=id:x',
    'git@-oProxyCommand=id:x',
    'host:-x',
    'https://user:secret@example.com/r',
    'https://a b/r',
    'https:///r',
    'https://example.com\n/r',
    'https://example.com/r\u0000',
    'ftp://example.com/r',
    'git://example.com/r',
    'javascript://x',
  ])('refuses %j always', (url) => {
    expect(codeOf(() => parseRepoUrl(url, { allowLocal: true }))).toBe('git_url_refused');
  });

  it.each(['/srv/repo.git', './repo', 'repo', 'file:///srv/repo.git', 'FILE:///srv/repo.git'])(
    'reads %s only when local repositories are allowed',
    (url) => {
      expect(codeOf(() => parseRepoUrl(url, { allowLocal: false }))).toBe('git_url_refused');
      expect(parseRepoUrl(url, { allowLocal: true })).toMatchObject({ kind: 'local' });
    },
  );

  it('does not repeat a password in what it says', () => {
    expect(() => parseRepoUrl('https://user:s3cr3t@example.com/r', { allowLocal: false })).toThrow(
      /^(?!.*s3cr3t)/,
    );
  });
});

describe('shownUrl', () => {
  it('leaves out user and password', () => {
    expect(shownUrl('https://user:p@ss@example.com/r?x=a@b')).toBe('https://example.com/r?x=a@b');
    expect(shownUrl('git@example.com:r')).toBe('git@example.com:r');
  });
});

describe('resolveSubmoduleUrl', () => {
  it.each([
    ['https://example.com/org/repo.git', '../other.git', 'https://example.com/org/other.git'],
    ['https://example.com/org/repo.git/', './sub.git', 'https://example.com/org/repo.git/sub.git'],
    ['https://example.com/org/repo.git', '../../a/b.git', 'https://example.com/a/b.git'],
    ['git@example.com:org/repo.git', '../other.git', 'git@example.com:org/other.git'],
    ['git@example.com:repo.git', '../other.git', 'git@example.com:other.git'],
    ['https://example.com/org/repo.git', 'https://other.example/x', 'https://other.example/x'],
  ])('of %s and %s is %s', (parent, url, expected) => {
    expect(resolveSubmoduleUrl(parseRepoUrl(parent, { allowLocal: false }), url)).toBe(expected);
  });

  it('refuses to leave the host', () => {
    const parent = parseRepoUrl('https://example.com/repo.git', { allowLocal: false });
    expect(codeOf(() => resolveSubmoduleUrl(parent, '../../evil.example/x'))).toBe('git_url_refused');
  });
});

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof PlumblineError ? error.code : String(error);
  }
  return 'nothing was thrown';
}
