import { describe, expect, it } from 'vitest';
import type { TaskJson } from '../../api/types.ts';
import { busyWord, isActive, jobWord, percentDone, starterWords, taskSentence } from './task-words.ts';

function aTask(changes: Partial<TaskJson> = {}): TaskJson {
  return {
    id: 'core-1',
    repo_name: 'core',
    status: 'running',
    total: 4,
    queued: 1,
    running: 1,
    completed: 2,
    failed: 0,
    drifted: 1,
    errored: 0,
    live_drifted: 1,
    pending: 0,
    kind: 'sync',
    trigger: 'ui',
    commit: '',
    actor: '',
    stack: null,
    started_at: '2026-01-01T00:00:00.000Z',
    ended_at: null,
    error: null,
    ...changes,
  };
}

describe('taskSentence', () => {
  it.each([
    [{}, 'Sync: 2 of 4 stacks planned'],
    [{ kind: 'scan', stack: 'envs/prod' }, 'Scan of envs/prod: 2 of 4 stacks'],
    [{ status: 'queued', total: 0 }, 'Sync is queued behind another task of this repo'],
    [{ status: 'awaiting_approval' }, 'Sync asked people: 1 drifted of 4 stacks'],
    [{ status: 'completed', live_drifted: 0 }, 'Sync finished: found 4 stacks, all in sync'],
    [{ status: 'completed', kind: 'scan' }, 'Scan finished: 1 drifted of 4 stacks'],
    [{ status: 'failed', kind: 'rollback' }, 'Rollback ended with failures: found 1 drifted of 4 stacks'],
  ] as const)('%o reads "%s"', (changes, sentence) => {
    expect(taskSentence(aTask(changes))).toBe(sentence);
  });
});

describe('percentDone', () => {
  it('is whole only at an end, and a task that waits for people has ended', () => {
    expect(percentDone(aTask())).toBe(50);
    expect(percentDone(aTask({ status: 'queued', total: 0 }))).toBe(0);
    expect(percentDone(aTask({ status: 'awaiting_approval' }))).toBe(100);
    expect(isActive({ status: 'awaiting_approval' })).toBe(false);
  });
});

describe('words for what goes on', () => {
  it('do not call a job pending that only waits for its turn, and name what a repo is busy with', () => {
    expect([jobWord('pending'), jobWord('running')]).toEqual(['Queued', 'Running']);
    expect([busyWord('scan'), busyWord('rollback'), busyWord('prune')]).toEqual([
      'Scanning',
      'Rolling back',
      'Busy',
    ]);
  });
});

describe('starterWords', () => {
  it.each([
    ['ui', 'alice@example.com', 'ui by alice@example.com'],
    ['schedule', '', 'schedule'],
    ['approval', 'alice@example.com', 'approved, asked for by alice@example.com'],
    ['approval', '', 'approved'],
  ])('of %s and "%s" are %s', (trigger, actor, words) => {
    expect(starterWords({ trigger, actor })).toBe(words);
  });
});
