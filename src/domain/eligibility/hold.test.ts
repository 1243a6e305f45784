import { describe, expect, it } from 'vitest';
import { mergeNeeded } from './hold.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const held = (...paths: string[]) => ({ commit: COMMIT, merge: { branch: 'main', paths } });

describe('mergeNeeded', () => {
  it.each<[string, string[], (path: string) => boolean, string]>([
    ['everything', [], () => false, 'brings everything back'],
    ['all paths', ['a', 'b'], () => true, 'brings a, b back'],
    ['five of many', 'abcdefg'.split(''), () => true, 'brings a, b, c, d, e and 2 more back'],
    ['those that may be named', ['a', 'b', 'c'], (path) => path === 'b', 'brings b and 2 more back'],
    ['none of several', ['a', 'b'], () => false, 'brings 2 paths back'],
    ['not the only one', ['a'], () => false, 'brings one path back'],
  ])('says what to merge: %s', (_, paths, isNamed, words) => {
    expect(mergeNeeded(held(...paths), isNamed)).toContain(words);
  });

  it('is nothing where the branch has taken the rollback', () => {
    expect(mergeNeeded({ commit: COMMIT })).toBeNull();
  });
});
