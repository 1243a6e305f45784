import type { AuditRecord } from './record.ts';

/**
 * A record for somebody who may read only what is of some environments: no stack of another is named by it. Its hash stays
 * that of the whole record, which whoever may read all of the log can check.
 */
export function seenRecord(record: AuditRecord): AuditRecord {
  if (record.details['code'] !== 'blocked_by') return record;
  return { ...record, reason: 'Blocked by another stack.' };
}
