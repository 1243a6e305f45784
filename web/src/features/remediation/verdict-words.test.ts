import { describe, expect, it } from 'vitest';
import type { VerdictJson } from '../../api/types.ts';
import { verdictCounts, verdictSentences } from './verdict-words.ts';

function aVerdict(changes: Partial<VerdictJson> = {}): VerdictJson {
  return {
    stack: 'envs/prod',
    job_id: 'j',
    kind: 'apply',
    rule: null,
    reasons: [],
    blocked_by: [],
    ...changes,
  };
}

describe('verdictSentences', () => {
  it('says plainly what blocks a stack, then why', () => {
    const reasons = [{ code: 'dependency_failed', message: 'envs/network failed.' }];
    expect(verdictSentences(aVerdict({ kind: 'blocked', blocked_by: ['envs/network'], reasons }))).toEqual([
      'Blocked by envs/network.',
      'envs/network failed.',
    ]);
  });

  it('says by what rule a plan is applied', () => {
    expect(verdictSentences(aVerdict({ rule: 'approval' }))).toEqual(['Applied because people approved it.']);
  });
});

describe('verdictCounts', () => {
  it('counts by kind and leaves out what there is none of', () => {
    const verdicts = [aVerdict(), aVerdict({ kind: 'wait' }), aVerdict()];
    expect(verdictCounts(verdicts)).toBe('2 apply, 1 wait for people');
  });
});
