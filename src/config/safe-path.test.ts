import { posix } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRepoPath } from './safe-path.ts';

describe('checkRepoPath', () => {
  it.each([
    ['envs/prod', 'envs/prod'],
    ['./envs//prod/', 'envs/prod'],
    ['.', '.'],
    ['a..b/c', 'a..b/c'],
    ['Umgebung ä', 'Umgebung ä'],
  ])('reads %j as %s', (path, value) => {
    expect(checkRepoPath(path)).toEqual({ ok: true, value });
  });

  it.each([
    '',
    '..',
    'a/../../b',
    '/etc',
    '~/x',
    'C:/x',
    '-chdir=x',
    './-x',
    'a\\b',
    'a\u0000b',
    'a\nb',
    '.git/hooks',
    'a/.GIT',
  ])('refuses %j', (path) => {
    expect(checkRepoPath(path).ok).toBe(false);
  });

  it('lets nothing through that leaves the repository', () => {
    const part = fc.constantFrom('..', '.', '', 'a', '-x', '.git', '~', 'b\\c');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const result = checkRepoPath(parts.join('/'));
        if (!result.ok) return;
        const joined = posix.join('/repo', result.value);
        expect(joined === '/repo/' || joined === '/repo' || joined.startsWith('/repo/')).toBe(true);
        expect(result.value.startsWith('-')).toBe(false);
      }),
    );
  });
});
