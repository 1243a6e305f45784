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
});
