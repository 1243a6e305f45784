import { describe, expect, it } from 'vitest';
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

  it('is the record as it was where it is about its own stack', () => {
    const own = { ...record, reason: 'The plan moved.', details: { code: 'stale_digest' } };
    expect(seenRecord(own)).toBe(own);
  });
});
