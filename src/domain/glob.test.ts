import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesGlob, pathMatcher } from './glob.ts';

describe('matchesGlob', () => {
  it.each([
    ['aws_*', 'aws_instance', true],
    ['module.net.*', 'module.net.aws_subnet.a["x"]', true],
    ['aws_subnet.a["x"]', 'aws_subnet.a["x"]', true],
    ['aws_subnet.a[0]', 'aws_subnet.a0', false],
    ['*_sql_*', 'google_sql_user', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['*', '', true],
    ['', 'x', false],
    ['*a*b', 'xxaxxbxxb', true],
  ])('says of %s and %s: %s', (pattern, text, matches) => {
    expect(matchesGlob(pattern, text)).toBe(matches);
  });

  it('matches every text by itself and by its parts around a star', () => {
    const word = fc.string().filter((text) => !/[*?]/.test(text));
    fc.assert(
      fc.property(word, word, word, (a, b, c) => {
        expect(matchesGlob(a + b, a + b)).toBe(true);
        expect(matchesGlob(`${a}*${c}`, a + b + c)).toBe(true);
      }),
    );
  });
});

describe('pathMatcher', () => {
  it('keeps one star in its folder and lets two cross folders', () => {
    expect(pathMatcher('envs/*')('envs/prod')).toBe(true);
    expect(pathMatcher('envs/*')('envs/prod/net')).toBe(false);
    expect(pathMatcher('**/prod')('a/b/prod')).toBe(true);
    expect(pathMatcher('envs/{prod,dev}')('envs/dev')).toBe(true);
  });
});
