import { describe, expect, it } from 'vitest';
import { aRepo } from '../../../test/support/git.ts';
import { conventionalEnvironment } from '../environments.ts';
import { needsElsewhere, type NeedElsewhere } from './needs-elsewhere.ts';

const RELEASE = 'infra@release';
const OLD = 'infra@old';

/** Production is drawn from `release`, and its `old` part from there as well; all else is the entry's own. */
const settings = {
  repos: [
    aRepo('/infra', { name: 'infra', branch: 'main' }),
    aRepo('/infra', { name: RELEASE, branch: 'release' }),
    aRepo('/infra', { name: OLD, branch: 'old' }),
    aRepo('/infra2', { name: 'infra2', branch: 'main' }),
  ],
  environments: [
    { repo: RELEASE, ref: 'release', paths: ['prod'] },
    { repo: OLD, ref: 'old', paths: ['prod/old'] },
  ].map((source) => ({ ...conventionalEnvironment(source.ref), sources: [source] })),
};

const stack = (path: string, dependsOn: string[] = []) => ({ key: path, path, dependsOn });
const FOUND = [
  stack('net'),
  stack('dns', ['net']),
  stack('prod/app', ['net', 'prod/db', 'prod/old']),
  stack('prod/db', ['net']),
  stack('prod/old'),
  stack('edge', ['prod/app', 'prod/old', 'net']),
  stack('cdn', ['prod/app', 'gone']),
];

describe('needsElsewhere', () => {
  it.each<[string, NeedElsewhere[]]>([
    [
      'infra',
      [
        { key: 'prod/app', repos: [RELEASE], neededBy: ['cdn', 'edge'] },
        { key: 'prod/old', repos: [RELEASE, OLD], neededBy: ['edge'] },
      ],
    ],
    [RELEASE, [{ key: 'net', repos: ['infra'], neededBy: ['prod/app', 'prod/db'] }]],
    [OLD, []],
    ['infra2', []],
  ])('says of %s what others have', (repo, needs) => {
    expect(needsElsewhere(settings, repo, FOUND)).toEqual(needs);
  });

  it('names no repo where none has it', () => {
    const repos = settings.repos.filter(({ name }) => name !== 'infra');
    expect(needsElsewhere({ ...settings, repos: [...repos] }, RELEASE, FOUND)).toEqual([
      { key: 'net', repos: [], neededBy: ['prod/app', 'prod/db'] },
    ]);
  });
});
