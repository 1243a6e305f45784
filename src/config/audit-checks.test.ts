import { describe, expect, it } from 'vitest';
import { auditProblems } from './audit-checks.ts';

const config = (repo: string) => ({
  repos: [{ name: 'audit-heads' }],
  audit: { anchors: [{ file: { path: 'heads' } }, { git: { repo } }] },
});

describe('auditProblems', () => {
  it('are none where the repository of an anchor is listed, or nothing is said', () => {
    expect(auditProblems(config('audit-heads'))).toEqual([]);
    expect(auditProblems({})).toEqual([]);
  });

  it('name the repository that is not, and where it stands', () => {
    expect(auditProblems(config('audit-head'))).toEqual([
      {
        path: ['audit', 'anchors', 1, 'git', 'repo'],
        message: 'there is no repository "audit-head"',
        suggestion: 'did you mean audit-heads?',
      },
    ]);
  });

  const URL = 'https://git.example.com/org/infra.git';
  it.each<[string, object, string, boolean]>([
    ['its own branch', { url: URL, branch: 'main' }, 'refs/heads/main', true],
    [
      'the same repository over SSH',
      { url: 'git@git.example.com:org/infra', branch: 'main' },
      'refs/heads/main',
      true,
    ],
    [
      'with a log-in',
      { url: 'https://me:x@GIT.example.com/org/infra/', branch: 'main' },
      'refs/heads/main',
      true,
    ],
    ['another branch', { url: URL, branch: 'main' }, 'refs/heads/audit', false],
    ['a tag of that name', { url: URL, branch: 'main' }, 'refs/tags/main', false],
    [
      'another repository',
      { url: 'https://git.example.com/org/apps.git', branch: 'main' },
      'refs/heads/main',
      false,
    ],
    ['no branch that is named', { url: URL }, 'refs/heads/main', false],
  ])('refuse a ref that is synced from: %s', (_, synced, ref, isRefused) => {
    const repos = [
      { name: 'heads', url: URL },
      { name: 'infra', ...synced },
    ];
    const problems = auditProblems({ repos, audit: { anchors: [{ git: { repo: 'heads', ref } }] } });
    const refusal = {
      path: ['audit', 'anchors', 0, 'git', 'ref'],
      message: 'is the branch that infra is synced from',
      suggestion: 'give the heads a ref of their own, such as refs/heads/plumbline-audit',
    };
    expect(problems).toEqual(isRefused ? [refusal] : []);
  });

  it('refuse a branch that only an environment draws on', () => {
    const repos = [
      { name: 'heads', url: URL },
      { name: 'infra', url: URL, branch: 'main' },
    ];
    const environments = [{ name: 'production', sources: [{ repo: 'infra', ref: 'release' }] }];
    const audit = { anchors: [{ git: { repo: 'heads', ref: 'refs/heads/release' } }] };
    expect(auditProblems({ repos, environments, audit })).toMatchObject([
      { message: 'is the branch that infra is synced from' },
    ]);
    expect(auditProblems({ repos, audit })).toEqual([]);
  });
});
