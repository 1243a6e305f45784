import { describe, expect, it } from 'vitest';
import { parseTaskId, taskId } from './ids.ts';
import { derivedRepoName, entryName, isRepoName, matchesRepo } from './repo-name.ts';

const BRANCHES = ['production', 'release/1.2', 'release-1.2', 'release~1', 'ünï', 'a@b', 'a&b=c#d%2f'];

describe('derivedRepoName', () => {
  it.each([
    ['production', 'my-infra@production'],
    ['release/1.2', 'my-infra@release~2f1.2'],
    ['a@b', 'my-infra@a~40b'],
    ['ü', 'my-infra@~c3~bc'],
  ])('names the repo of branch %s: %s', (branch, name) => {
    expect(derivedRepoName('my-infra', branch)).toBe(name);
  });

  it('gives each branch a name of its own, which fits wherever the name of a repo stands', () => {
    const names = BRANCHES.map((branch) => derivedRepoName('my-infra', branch));
    expect(new Set(names).size).toBe(BRANCHES.length);
    for (const name of names) {
      expect(isRepoName(name)).toBe(true);
      expect(entryName(name)).toBe('my-infra');
      expect(parseTaskId(taskId(name, 1706712345678))).toEqual({ repo: name, startedAtMs: 1706712345678 });
      expect(new URL(`http://example.com/repos/${name}/x`).pathname).toBe(`/repos/${name}/x`);
    }
  });
});

describe('isRepoName', () => {
  it.each(['my-infra', 'a.b_c', 'my-infra@production'])('takes %s', (name) => {
    expect(isRepoName(name)).toBe(true);
  });

  it.each(['', '.', '..', '@x', '..@x', 'a@', 'a@b/c', 'a/b', 'a@b@c', 'a b'])('refuses %j', (name) => {
    expect(isRepoName(name)).toBe(false);
  });
});

describe('matchesRepo', () => {
  it.each([
    ['my-infra', 'my-infra', true],
    ['my-infra', 'my-infra@production', true],
    ['my-*', 'my-infra@production', true],
    ['my-infra@production', 'my-infra@production', true],
    ['my-infra@production', 'my-infra', false],
    ['my-infra', 'my-infra-2', false],
    ['my', 'my-infra@production', false],
    ['*', 'my-infra@production', true],
    ['*-dev', 'infra@feature-dev', false],
    ['*-dev', 'infra-dev@main', true],
    ['*@*-dev', 'infra@feature-dev', true],
    ['*@*-dev', 'infra-dev', false],
    ['infra?dev', 'infra@dev', false],
  ])('says of %s for %s: %s', (glob, repo, matches) => {
    expect(matchesRepo(glob, repo)).toBe(matches);
  });
});
