import { describe, expect, it } from 'vitest';
import type { VerdictJson } from '../../api/types.ts';
import { shownVerdicts, verdictCounts, verdictSentences } from './verdict-words.ts';

function aVerdict(changes: Partial<VerdictJson> = {}): VerdictJson {
  return {
    stack: 'envs/prod',
    job_id: 'j',
    kind: 'apply',
    rule: null,
    reasons: [],
    blocked_by: [],
    unstable: [],
    result: 'applied',
    attempt_id: null,
    outcome: null,
    ...changes,
  };
}

describe('verdictSentences', () => {
  it('says plainly what blocks a stack, then why', () => {
    const reasons = [{ code: 'dependency_failed', message: 'envs/network failed.' }];
    expect(
      verdictSentences(
        aVerdict({ kind: 'blocked', result: 'blocked', blocked_by: ['envs/network'], reasons }),
      ),
    ).toEqual(['Blocked by envs/network.', 'envs/network failed.']);
  });

  it('says by what rule a plan is applied', () => {
    expect(verdictSentences(aVerdict({ rule: 'approval' }))).toEqual(['Applied because people approved it.']);
  });

  it('never says that a dry run or an apply that failed was applied', () => {
    const outcome = { code: 'apply_failed', message: 'The provider refused it.' };
    const failed = aVerdict({ rule: 'policy', result: 'failed', outcome });
    expect(verdictSentences(failed)).toEqual(['The provider refused it.']);
    const reasons = [{ code: 'dry_run', message: 'A dry run: it would be applied.' }];
    const dry = aVerdict({ kind: 'nothing', result: 'would_apply', reasons });
    expect(verdictSentences(dry)).toEqual(['A dry run: it would be applied.']);
  });
});

describe('verdictCounts', () => {
  it('counts by kind and leaves out what there is none of', () => {
    const verdicts = [aVerdict(), aVerdict({ kind: 'wait', result: 'wait' }), aVerdict()];
    expect(verdictCounts(verdicts)).toBe('1 waiting for people, 2 applied');
  });
});

describe('shownVerdicts', () => {
  const waits = aVerdict({ kind: 'wait', result: 'wait' });
  const approval = { task_id: 't', stack: waits.stack, status: 'waiting' as const };

  it.each([
    ['wait', 'nobody is known to be asked', []],
    ['wait', 'people are asked', [approval]],
    ['wait', 'another task has asked them', [{ ...approval, task_id: 'u', status: 'used' as const }]],
    ['asked', 'they have rejected it', [{ ...approval, status: 'rejected' as const }]],
    ['asked', 'it was applied', [{ ...approval, status: 'used' as const }]],
  ])('call a plan that waits "%s" when %s', (result, _when, approvals) => {
    expect(shownVerdicts('t', [waits], approvals)).toEqual([{ ...waits, result }]);
  });

  it('leave every other result alone', () => {
    const applied = aVerdict();
    expect(shownVerdicts('t', [applied], [{ ...approval, status: 'used' }])).toEqual([applied]);
  });
});
