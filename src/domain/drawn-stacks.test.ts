import { describe, expect, it } from 'vitest';
import { aRepo } from '../../test/support/git.ts';
import { drawsStack } from './drawn-stacks.ts';
import type { EnvironmentSource } from './eligibility/policy.ts';
import { conventionalEnvironment } from './environments.ts';

const RELEASE = 'infra@release';

function draws(sources: Partial<EnvironmentSource>[], repo: string, path: string): boolean {
  const environments = sources.map((source, index) => ({
    ...conventionalEnvironment(`env-${index}`),
    sources: [{ repo: null, ref: null, paths: [], ...source }],
  }));
  const repos = [
    aRepo('/infra', { name: 'infra', branch: 'main' }),
    aRepo('/infra', { name: RELEASE, branch: 'release' }),
  ];
  return drawsStack({ repos, environments }, { repo, path });
}

const onRelease = { repo: RELEASE, ref: 'release' };

describe('drawsStack', () => {
  it.each<[string, Partial<EnvironmentSource>[], string, string, boolean]>([
    [
      'has what its environment covers',
      [{ ...onRelease, paths: ['envs/prod'] }],
      RELEASE,
      'envs/prod/net',
      true,
    ],
    ['has nothing else', [{ ...onRelease, paths: ['envs/prod'] }], RELEASE, 'envs/dev/net', false],
    ['has all there is without paths', [onRelease], RELEASE, 'envs/dev/net', true],
    [
      'has what either of two environments covers',
      [
        { ...onRelease, paths: ['envs/prod'] },
        { ...onRelease, paths: ['envs/eu'] },
      ],
      RELEASE,
      'envs/eu/net',
      true,
    ],
    [
      'leaves what is drawn elsewhere',
      [{ ...onRelease, paths: ['envs/prod'] }],
      'infra',
      'envs/prod/net',
      false,
    ],
    ['has the others', [{ ...onRelease, paths: ['envs/prod'] }], 'infra', 'envs/dev/net', true],
    ['has them all where no paths are given', [onRelease], 'infra', 'envs/prod/net', true],
    [
      'has what an environment draws from its own branch',
      [
        { ...onRelease, paths: ['net'] },
        { repo: 'infra', paths: ['net'] },
      ],
      'infra',
      'net',
      true,
    ],
    [
      'has what an environment draws from that branch by its name',
      [
        { ...onRelease, paths: ['net'] },
        { ref: 'main', paths: ['net'] },
      ],
      'infra',
      'net',
      true,
    ],
    ['minds no other entry', [{ ...onRelease, paths: ['net'] }], 'infra-2', 'net', true],
  ])('says that a repo %s', (_, sources, repo, path, expected) => {
    expect(draws(sources, repo, path)).toBe(expected);
  });
});
