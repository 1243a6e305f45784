import type { AuditRecord } from '../../domain/audit/record.ts';
import { auditRecordJson } from '../../domain/audit/json.ts';
import type { AuditRecordJson } from '../schemas/audit.ts';

/** An audit record as the API shows it: the very object that its hash was made of, and the hash. */
export function auditJson(record: AuditRecord): AuditRecordJson {
  return auditRecordJson(record) as AuditRecordJson;
}
