import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../json.ts';
import { type AuditRecord } from './record.ts';
import { seenRecord } from './seen-record.ts';

const record: AuditRecord = {
  seq: 7,
  at: '2026-11-01T10:00:00.000Z',
  actor: 'plumbline',
  action: 'apply.refused',
  repo: 'my-infra',
  stackKey: 'envs/dev/app',
  environment: 'development',
  taskId: null,
  commit: null,
  digest: null,
  result: 'refused',
  reason: 'Blocked by envs/prod/db, which failed.',
  source: 'worker',
  details: { code: 'blocked_by' },
  previous: 'before',
  hash: 'own',
};

describe('seenRecord', () => {
  it('names no stack that stands before this one, and keeps the hash of the whole record', () => {
    expect(seenRecord(record)).toEqual({ ...record, reason: 'Blocked by another stack.' });
  });

  it.each<[string, Record<string, JsonValue>, string]>([
    [
      'what its commit does not have',
      { code: 'depends_on_unknown' },
      'depends_on has it come after stacks that this commit does not have.',
    ],
    ['a circle', { code: 'dependency_cycle' }, 'Its dependencies go round in a circle: another stack.'],
    [
      'another reason of the same refusal',
      { code: 'paused', codes: ['paused', 'depends_on_unknown'] },
      'depends_on has it come after stacks that this commit does not have.',
    ],
    ['one of two', { code: 'blocked_by', codes: ['blocked_by', 'paused'] }, 'Blocked by another stack.'],
  ])('names no stack by %s', (_, details, reason) => {
    const named = { ...record, reason: 'It was paused. It comes after "envs/prod/db".', details };
    expect(seenRecord(named)).toEqual({ ...named, reason });
  });

  it('is the record as it was where it is about its own stack', () => {
    const own = {
      ...record,
      reason: 'The plan moved.',
      details: { code: 'stale_digest', codes: ['stale_digest', 'paused'] },
    };
    expect(seenRecord(own)).toBe(own);
  });
});
