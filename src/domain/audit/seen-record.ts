import { seenRefusal } from '../eligibility/seen-verdict.ts';
import type { AuditRecord } from './record.ts';

/**
 * A record for somebody who may read only what is of some environments: no stack of another is named by it. Its hash stays
 * that of the whole record, which whoever may read all of the log can check.
 */
export function seenRecord(record: AuditRecord): AuditRecord {
  const { code, codes } = record.details;
  const all = [code, ...(Array.isArray(codes) ? codes : [])].filter((each) => typeof each === 'string');
  const reason = seenRefusal(all);
  return reason === undefined ? record : { ...record, reason };
}
