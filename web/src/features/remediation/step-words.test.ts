import { describe, expect, it } from 'vitest';
import type { ApprovalJson, StackJson, VerdictJson } from '../../api/types.ts';
import { stepCountWords, stepState, type StepFacts } from './step-words.ts';

const STEP = { stack: 'envs/prod' };
const ENDED = '2026-01-01T10:00:00.000Z';
const LATER = '2026-01-01T10:00:00.001Z';

function facts(changes: Partial<StepFacts> = {}): StepFacts {
  return {
    task: { id: 't', ended_at: ENDED },
    verdicts: [],
    approvals: [],
    stacks: [aStack('envs/prod', ENDED)],
    ...changes,
  };
}

const aStack = (key: string, scanned_at: string | null) => ({ key, scanned_at }) as StackJson;
const aVerdict = (stack: string, result: VerdictJson['result']) => ({ stack, result }) as VerdictJson;
const anApproval = (changes: Partial<ApprovalJson>) =>
  ({ task_id: 't', stack: 'envs/prod', status: 'waiting', ...changes }) as ApprovalJson;

describe('stepState', () => {
  it.each<[string, Partial<StepFacts>]>([
    ['open', {}],
    ['open', { stacks: null }],
    ['open', { task: { id: 't', ended_at: null }, stacks: [aStack('envs/prod', LATER)] }],
    ['open', { verdicts: [aVerdict('envs/prod', 'failed'), aVerdict('envs/dev', 'applied')] }],
    ['open', { stacks: [aStack('envs/prod', null)] }],
    ['applied', { verdicts: [aVerdict('envs/prod', 'applied')] }],
    ['applied', { verdicts: [aVerdict('envs/prod', 'applied')], stacks: [] }],
    ['planned_anew', { stacks: [aStack('envs/prod', LATER)] }],
    ['planned_anew', { stacks: [aStack('envs/prod', LATER)], approvals: [anApproval({ status: 'used' })] }],
    ['planned_anew', { stacks: [aStack('envs/prod', LATER)], approvals: [anApproval({ task_id: 'other' })] }],
    ['open', { stacks: [aStack('envs/prod', LATER)], approvals: [anApproval({})] }],
    ['gone', { stacks: [aStack('envs/dev', LATER)] }],
  ])('is %s with %j', (state, changes) => {
    expect(stepState(STEP, facts(changes))).toBe(state);
  });
});

describe('stepCountWords', () => {
  it.each([
    [['open'], '1 step'],
    [['open', 'open'], '2 steps'],
    [['open', 'applied'], '2 steps, 1 left to do'],
    [['planned_anew', 'applied'], '2 steps, nothing left to do'],
  ] as const)('of %j is %s', (states, words) => {
    expect(stepCountWords(states)).toBe(words);
  });
});
