import { describe, expect, it } from 'vitest';
import { environmentTurns, roundsOf } from './environment-turns.ts';

const REPOS = ['apps', 'infra', 'infra@next', 'infra@release'];
const turns = (environments: Record<string, string[]>) =>
  environmentTurns(
    Object.entries(environments).map(([name, repos]) => ({ name, repos })),
    REPOS,
  ).map(({ repo, names }) => `${repo}: ${names.join(' ')}`);

describe('environmentTurns', () => {
  it.each<[string, Record<string, string[]>, string[]]>([
    ['one task of a repository', { dev: ['infra'], prod: ['infra'] }, ['infra: dev prod']],
    [
      'branches in the order of their environments, whatever the order of the config',
      { dev: ['infra@release'], staging: ['infra@next'], prod: ['infra'] },
      ['infra@release: dev', 'infra@next: staging', 'infra: prod'],
    ],
    [
      'two tasks of a branch where an environment between is on another',
      { dev: ['infra'], staging: ['infra@next'], prod: ['infra'] },
      ['infra: dev', 'infra@next: staging', 'infra: prod'],
    ],
    [
      'one task where none is between',
      { dev: ['infra'], staging: ['infra'], prod: ['infra@release'] },
      ['infra: dev staging', 'infra@release: prod'],
    ],
    [
      'one task of a repository that has no other branches, by its first environment',
      { dev: ['infra', 'apps'], staging: ['infra@next'], prod: ['infra@release', 'apps'] },
      ['apps: dev prod', 'infra: dev', 'infra@next: staging', 'infra@release: prod'],
    ],
    [
      'those of an earlier environment first',
      { dev: ['infra'], prod: ['apps'] },
      ['infra: dev', 'apps: prod'],
    ],
    ['nothing of what draws on no repo', { dev: [] }, []],
  ])('makes %s', (_, environments, expected) => {
    expect(turns(environments)).toEqual(expected);
  });
});

describe('roundsOf', () => {
  const all = ['infra', 'apps', 'infra@next', 'infra@release'].map((repo) => ({ repo }));
  const names = (parallel: boolean) => roundsOf(all, parallel).map((round) => round.map(({ repo }) => repo));

  it('takes one after the other', () => {
    expect(names(false)).toEqual([['infra'], ['apps'], ['infra@next'], ['infra@release']]);
  });

  it('takes repositories side by side, and the branches of one after each other', () => {
    expect(names(true)).toEqual([['infra', 'apps'], ['infra@next'], ['infra@release']]);
  });
});
