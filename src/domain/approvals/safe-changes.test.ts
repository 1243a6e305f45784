import { describe, expect, it } from 'vitest';
import { aChange } from '../../../test/support/a-change.ts';
import { SAFE_PATTERNS } from '../eligibility/default-policy.ts';
import { isSafePath, judgeSafety, safePatternFault, type SafetyInput } from './safe-changes.ts';

const RULE = { patterns: SAFE_PATTERNS, maxSeverity: 'medium' } as const;

describe('isSafePath', () => {
  it.each([
    ['docs/intro.txt', true],
    ['README', true],
    ['README.adoc', true],
    ['terraform/notes.md', true],
    ['charts/web/values-dev.yaml', true],
    ['values-dev.yaml', false],
    ['charts/web/values-prod.yaml', false],
    ['mydocs/main.tf', false],
    ['envs/README', false],
    ['notes.mdx', false],
    ['notes.md\nmain.tf', false],
    ['envs/dev/main.tf', false],
  ])('says of %j with the default patterns: %s', (path, safe) => {
    expect(isSafePath(path, SAFE_PATTERNS)).toBe(safe);
  });

  it('takes a faulty or empty pattern for one that matches nothing, and says what is wrong with it', () => {
    expect(isSafePath('a', ['(', ''])).toBe(false);
    expect(safePatternFault('(')).toMatch(/regular expression/);
    expect(safePatternFault('')).toMatch(/every file/);
    expect(SAFE_PATTERNS.map(safePatternFault)).toEqual(SAFE_PATTERNS.map(() => undefined));
  });
});

describe('judgeSafety', () => {
  const pending = aChange({ cause: 'pending' });
  const safe: SafetyInput = { changedFiles: ['docs/a.md', 'b.md'], changes: [pending], severity: 'low' };

  it('takes a plan for safe whose files all match and that changes little', () => {
    expect(judgeSafety(safe, RULE)).toMatchObject({ safe: true, reason: { code: 'safe_changes' } });
  });

  it.each<[string, Partial<SafetyInput>, RegExp]>([
    ['no changed file', { changedFiles: [] }, /no changed file/],
    ['a stack that was never in sync', { changedFiles: null }, /never seen in sync/],
    ['a file that matches nothing', { changedFiles: ['docs/a.md', 'main.tf'] }, /main\.tf/],
    ['a change that is too severe', { changes: [{ ...pending, severity: 'high' }] }, /high/],
    ['a plan that is too severe', { severity: 'critical' }, /critical/],
    ['a destroy', { changes: [{ ...pending, action: 'delete' }] }, /destroyed/],
    ['a replacement', { changes: [{ ...pending, action: 'replace' }] }, /destroyed/],
    ['drift', { changes: [{ ...pending, cause: 'both' }] }, /outside of Git/],
  ])('does not with %s', (_, changes, why) => {
    const verdict = judgeSafety({ ...safe, ...changes }, RULE);
    expect(verdict.safe).toBe(false);
    expect(verdict.reason).toMatchObject({ code: 'not_safe', message: expect.stringMatching(why) });
  });
});
