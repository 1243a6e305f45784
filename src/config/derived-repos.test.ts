import { describe, expect, it } from 'vitest';
import { faultLines, faultsOf, loadText } from '../../test/support/config-file.ts';

const ENTRY = 'name: infra, url: "https://example.com/o/r.git"';
const repos = (more = ', branch: main'): string => `repos: [{${ENTRY}${more}}]\n`;

async function published(text: string) {
  const { settings, notices } = await loadText(text);
  const { repos: all, environments } = settings.published;
  const sources = environments.flatMap((each) => each.sources);
  return { all, names: all.map(({ name }) => name), sources, notices, settings };
}

describe('a branch that an environment draws on and its repo does not follow', () => {
  it('is a repo of its own, like the entry in all else', async () => {
    const more =
      ', branch: main, schedule: "@hourly", stacks: [a, b], depends_on: {b: [a]}, submodules: true, git: {type: https, https_token_env: T}';
    const { all, sources, notices } = await published(
      `${repos(more)}environments: [{name: production, repo: infra, ref: release/1.2, paths: [a]}]`,
    );
    expect(all[1]).toEqual({ ...all[0], name: 'infra@release~2f1.2', branch: 'release/1.2' });
    expect(all).toHaveLength(2);
    expect(sources).toEqual([{ repo: 'infra@release~2f1.2', ref: 'release/1.2', paths: ['a'] }]);
    expect(notices).toEqual([]);
  });

  it('is there once for all environments that draw on it, and beside its entry', async () => {
    const { names, sources } = await published(
      `repos: [{${ENTRY}, branch: main}, {name: other, url: "https://example.com/o/s.git"}]
environments:
  - {name: development, repo: infra, ref: main}
  - {name: staging, repo: infra, ref: next}
  - {name: eu, repo: infra, ref: release, paths: [eu]}
  - {name: us, sources: [{repo: infra, ref: refs/heads/release, paths: [us]}]}
`,
    );
    expect(names).toEqual(['infra', 'infra@next', 'infra@release', 'other']);
    expect(sources.map(({ repo }) => repo)).toEqual([
      'infra',
      'infra@next',
      'infra@release',
      'infra@release',
    ]);
  });

  it('is no repo where the source names none: it means those that follow the branch', async () => {
    const { names, sources } = await published(
      `${repos(', branch: release')}environments: [{name: production, ref: release}]`,
    );
    expect(names).toEqual(['infra']);
    expect(sources).toEqual([{ repo: null, ref: 'release', paths: [] }]);
  });

  it('goes away when no environment asks for it any more', async () => {
    const { names } = await published(`${repos()}environments: [{name: production, repo: infra}]`);
    expect(names).toEqual(['infra']);
  });

  it('is watched for drift by the environment that draws on it, and its entry is not', async () => {
    const watched = `drift_monitoring: {schedule: "5 * * * *", environments: [production]}
environments: [{name: production, repo: infra, ref: release}]`;
    const { all } = await published(`${repos()}${watched}`);
    expect(all.map(({ schedule }) => schedule)).toEqual([null, '5 * * * *']);
    const silent = await published(`${repos(', branch: main, schedule: ""')}${watched}`);
    expect(silent.all.map(({ schedule }) => schedule)).toEqual([null, null]);
  });

  it('says about its URL only once what the entry says', async () => {
    const { notices, settings } = await published(
      `repos: [{name: infra, url: "http://user:pass@example.com/o/r.git", branch: main}]
environments: [{name: production, repo: infra, ref: release}]`,
    );
    expect(notices).toHaveLength(2);
    expect(settings.secrets.urlCredentials).toEqual({ infra: 'user:pass' });
  });

  it('is told where it may be a branch that is followed already', async () => {
    const environments = 'environments: [{name: production, repo: infra, ref: release}]';
    expect((await published(`${repos('')}${environments}`)).notices).toEqual([
      expect.stringContaining('"infra" says no branch: if its default branch is "release"'),
    ]);
    const twin = `repos: [{${ENTRY}, branch: main}, {name: twin, url: "git@example.com:o/r", branch: release}]\n`;
    expect((await published(`${twin}${environments}`)).notices).toEqual([
      expect.stringContaining('"twin" follows the branch "release" of the same repository'),
    ]);
  });

  it('may be named by a grant, which of its entry holds for it as well', async () => {
    const grant = (repo: string) =>
      `auth: {tokens: [{name: ci, hash: "sha256:${'a'.repeat(64)}", grants: [{role: viewer, repos: ["${repo}"]}]}]}\n`;
    const environments = 'environments: [{name: production, repo: infra, ref: release}]';
    expect(await faultsOf(grant('infra@release') + repos() + environments)).toEqual([]);
    expect(await faultLines(grant('infra@next') + repos() + environments)).toEqual([
      'auth.tokens[0].grants[0].repos[0]: there is no repository "infra@next"',
    ]);
  });
});

describe('faults of a branch that an environment draws on', () => {
  const environments = (source: string) => `${repos()}environments:\n  - name: production\n    ${source}\n`;

  it.each([
    ['repo: infra, ref: v1..2', 'ref: "v1..2" is not the name of a branch'],
    ['repo: infra, ref: -x', 'ref: "-x" is not the name of a branch'],
    ['repo: infra, ref: HEAD', 'ref: "HEAD" is not the name of a branch'],
    ['repo: infra, ref: refs/tags/v1', 'ref: "refs/tags/v1" is not the name of a branch'],
    ['repo: infra, ref: ""', 'ref: "" is not the name of a branch'],
    [`repo: infra, ref: ${'a1'.repeat(20)}`, 'ref: is a commit, and an environment draws on a branch'],
    [`ref: ${'a1'.repeat(20)}`, 'ref: is a commit, and an environment draws on a branch'],
    [
      `repo: infra, ref: ${'x'.repeat(200)}`,
      'ref: gives a repo whose name, infra@…, has more than 200 characters',
    ],
    ['repo: infr, ref: release', 'repo: there is no repository "infr"'],
  ])('says of %s: %s', async (source, fault) => {
    const text = environments(`sources: [{${source}}]`);
    expect(await faultLines(text)).toEqual([`environments[0].sources[0].${fault}`]);
    const [found] = await faultsOf(text);
    expect(found).toMatchObject({ line: 4, suggestion: expect.any(String) });
  });

  it('can not take the name of a listed repository: those have no @', async () => {
    const text = `repos: [{${ENTRY}}, {name: infra@release, url: "https://example.com/o/s.git"}]`;
    expect(await faultLines(text)).toEqual(['repos[1].name: must be letters, digits and . _ -']);
  });
});
