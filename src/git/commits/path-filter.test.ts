import { describe, expect, it } from 'vitest';
import { pathFilter } from './path-filter.ts';

describe('pathFilter', () => {
  it.each([
    [[], 'a/b', true],
    [['.'], 'a/b', true],
    [['./'], 'a', true],
    [['a'], 'a', true],
    [['a/'], 'a/b/c', true],
    [['./a'], 'a/b', true],
    [['/a/b'], 'a/b/c', true],
    [['a'], 'ab/c', false],
    [['a'], 'b/a', false],
    [['k8s/*'], 'k8s/prod/deep/x.yaml', true],
    [['k8s/*'], 'other/prod/x.yaml', false],
    [['**/*.tf'], 'x/y/main.tf', true],
    [['**/*.tf'], 'x/y/main.md', false],
    [['{a,b}/c'], 'b/c/d', true],
    [['a[1]'], 'a[1]/x', true],
    [['!a'], 'b', false],
    [['!a'], '!a/b', true],
    [['!(a)'], 'b', false],
    [['.hidden'], '.hidden/x', true],
    [['a', 'b'], 'b/x', true],
  ])('%j has %s: %s', (paths, path, expected) => {
    expect(pathFilter(paths)(path)).toBe(expected);
  });
});
