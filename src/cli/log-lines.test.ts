import { describe, expect, it } from 'vitest';
import type { JobJson, TaskJson } from '../api/schemas/task.ts';
import { beginLine, endLine, eventLine, failureLine, isWanted, lineText, type LogLine } from './log-lines.ts';

const AT = '2026-11-20T09:00:00.000Z';
const COUNTS = { total: 3, queued: 0, running: 0, completed: 3, failed: 0, drifted: 0, errored: 0 };
const TASK: TaskJson = {
  id: 'homelab:1',
  repo_name: 'homelab',
  status: 'running',
  ...COUNTS,
  live_drifted: 0,
  pending: 0,
  kind: 'scan',
  trigger: 'schedule',
  commit: '0123456789abcdef',
  actor: '',
  stack: null,
  started_at: AT,
  ended_at: null,
  error: null,
};

describe('what Plumbline does, line by line', () => {
  it.each([
    { kind: 'progress', level: 'info' },
    { kind: 'log', level: 'debug' },
    { kind: 'warning', level: 'warn' },
  ])('has a $kind at the level $level', ({ kind, level }) => {
    const event = { type: 'log' as const, seq: 1, stack: 'apps/shop', kind, message: 'said', at: AT };
    const line = eventLine(TASK, event);
    expect(lineText(line)).toBe(`${AT} ${level} homelab apps/shop - said`);
  });

  it('tells when a task begins and what it comes to', () => {
    expect(lineText(beginLine(TASK))).toBe(`${AT} info homelab - scan of 0123456789ab begun by schedule`);
    expect(beginLine({ ...TASK, actor: 'alice@example.com', commit: '' }).message).toBe(
      'scan begun by alice@example.com (schedule)',
    );
    expect(endLine(TASK)).toBeUndefined();
    const ended = { ...TASK, ended_at: AT, live_drifted: 1, pending: 2 };
    expect(endLine({ ...ended, status: 'completed' })).toMatchObject({
      level: 'info',
      message: 'scan completed (3 stacks, 1 drifted, 2 pending)',
    });
    expect(endLine({ ...ended, status: 'awaiting_approval', total: 1 })?.message).toContain('(1 stack, ');
    const error = { code: 'jobs_failed', message: '1 of 3 stacks could not be planned.' };
    expect(endLine({ ...ended, status: 'failed', failed: 1, error })).toMatchObject({
      level: 'error',
      message: 'scan failed (3 stacks, 1 drifted, 2 pending, 1 failed): 1 of 3 stacks could not be planned.',
    });
  });

  it('tells of a stack why it failed', () => {
    const job = { task_id: 'homelab:1', repo_name: 'homelab', stack: 'apps/shop', ended_at: AT } as JobJson;
    const error = { code: 'config_invalid', message: 'it has no kind' };
    expect(failureLine({ ...job, error: null })).toBeUndefined();
    expect(lineText(failureLine({ ...job, error })!)).toBe(
      `${AT} error homelab apps/shop - config_invalid: it has no kind`,
    );
  });
});

describe('the lines that are wanted', () => {
  const line: LogLine = {
    at: AT,
    level: 'info',
    repo: 'homelab',
    stack: 'apps/shop',
    task: 't',
    message: 'm',
  };
  const all = { level: 'debug' as const, repo: undefined, stack: undefined, since: '' };
  it.each([
    { wanted: all, of: line, is: true },
    { wanted: { ...all, level: 'info' as const }, of: line, is: true },
    { wanted: { ...all, level: 'warn' as const }, of: line, is: false },
    { wanted: { ...all, repo: 'homelab' }, of: line, is: true },
    { wanted: { ...all, repo: 'other' }, of: line, is: false },
    { wanted: { ...all, stack: 'apps/shop' }, of: line, is: true },
    { wanted: { ...all, stack: 'apps/other' }, of: line, is: false },
    { wanted: { ...all, stack: 'apps/other' }, of: { ...line, stack: null }, is: true },
    { wanted: { ...all, since: '2026-11-20T09:00:00.001Z' }, of: line, is: false },
    { wanted: { ...all, since: AT }, of: line, is: true },
  ])('are chosen by $wanted: $is', ({ wanted, of, is }) => {
    expect(isWanted(of, wanted)).toBe(is);
  });
});
