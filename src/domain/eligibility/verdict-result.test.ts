import { describe, expect, it } from 'vitest';
import type { AttemptStatus } from '../attempt.ts';
import type { Verdict } from './verdict.ts';
import { isSettled, verdictResult, type VerdictResult } from './verdict-result.ts';

const APPLY = { kind: 'apply' } as const;
const FAILURE = { code: 'verification_failed', message: 'It is not so.' };

describe('verdictResult', () => {
  it.each<[AttemptStatus, VerdictResult]>([
    ['started', 'applying'],
    ['applied', 'applied'],
    ['partial', 'partial'],
    ['failed', 'failed'],
    ['not_applied', 'failed'],
    ['unknown', 'unknown'],
  ])('calls an attempt that is %s %s, whatever was decided', (status, result) => {
    expect(verdictResult(APPLY, { status, error: null }, true)).toBe(result);
  });

  it('tells what was applied and not found to be right from what was', () => {
    expect(verdictResult(APPLY, { status: 'applied', error: FAILURE }, true)).toBe('unverified');
  });

  it.each<[Pick<Verdict, 'kind' | 'would' | 'outcome' | 'unstable'>, boolean, VerdictResult]>([
    [APPLY, false, 'to_apply'],
    [APPLY, true, 'not_applied'],
    [{ ...APPLY, outcome: { status: 'refused', ...FAILURE } }, true, 'refused'],
    [{ ...APPLY, outcome: { status: 'failed', ...FAILURE } }, true, 'failed'],
    [{ kind: 'nothing', would: 'apply' }, true, 'would_apply'],
    [{ kind: 'nothing', would: 'wait' }, true, 'would_wait'],
    [{ kind: 'nothing' }, true, 'nothing'],
    [{ kind: 'wait' }, true, 'wait'],
    [{ kind: 'blocked' }, true, 'blocked'],
    [{ kind: 'blocked', unstable: ['app.web'] }, true, 'unstable_plan'],
  ])('never calls %j applied when nothing was begun (ended: %s)', (verdict, ended, result) => {
    expect(verdictResult(verdict, undefined, ended)).toBe(result);
  });
});

describe('isSettled', () => {
  it.each<[VerdictResult, string, boolean]>([
    ['applied', 'approved', true],
    ['nothing', 'in_sync', true],
    ['blocked', 'paused', true],
    ['would_wait', 'dry_run', true],
    ['blocked', 'rejected', false],
    ['blocked', 'newer_commit_unplanned', false],
    ['unstable_plan', 'unstable_plan', false],
    ['wait', 'approval_needed', false],
    ['refused', 'approved', false],
    ['failed', 'approved', false],
    ['unverified', 'approved', false],
    ['not_applied', 'approved', false],
    ['unknown', 'approved', false],
  ])('of what is %s for the reason %s is %s', (result, code, settled) => {
    expect(isSettled({ result, reasons: [{ code, message: '' }] })).toBe(settled);
  });
});
