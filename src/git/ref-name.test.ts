import { describe, expect, it } from 'vitest';
import { checkBranchName, parseCommitName } from './ref-name.ts';

describe('checkBranchName', () => {
  it.each(['main', 'feature/x', 'v1.2', 'a@b', '$(id)', "it's", 'ünï', 'a-b', 'HEAD'])(
    'passes %s',
    (name) => {
      expect(() => checkBranchName(name)).not.toThrow();
    },
  );

  it.each([
    '',
    '-x',
    '--all',
    '.x',
    'a/.b',
    'a..b',
    'a.lock',
    'a.lock/b',
    'a/',
    '/a',
    'a//b',
    'a.',
    'a b',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[b',
    'a\\b',
    'a@{1}',
    '@',
    'a\u0007b',
    'a\nb',
  ])('refuses %j', (name) => {
    expect(() => checkBranchName(name)).toThrow(expect.objectContaining({ code: 'git_ref_refused' }));
  });
});

describe('parseCommitName', () => {
  it('tells full names from abbreviations, in lower case', () => {
    expect(parseCommitName('ABCD')).toEqual({ sha: 'abcd', full: false });
    expect(parseCommitName('a'.repeat(40))).toEqual({ sha: 'a'.repeat(40), full: true });
    expect(parseCommitName('a'.repeat(64))).toEqual({ sha: 'a'.repeat(64), full: true });
  });

  it.each(['', 'abc', 'main', 'HEAD~1', '-abcd', 'abcd^', 'g'.repeat(40), 'a'.repeat(65)])(
    'refuses %j',
    (name) => {
      expect(() => parseCommitName(name)).toThrow(expect.objectContaining({ code: 'git_ref_refused' }));
    },
  );
});
