import type { AuditRecord } from '../../domain/audit.ts';
import { auditRecordJson } from '../../domain/audit-json.ts';
import type { AuditRecordJson } from '../schemas/audit.ts';

/** An audit record as the API shows it: the very object that its hash was made of, and the hash. */
export function auditJson(record: AuditRecord): AuditRecordJson {
  return auditRecordJson(record) as AuditRecordJson;
}

const COLUMNS = [
  'seq',
  'at',
  'actor',
  'action',
  'repo',
  'stack',
  'environment',
  'task_id',
  'commit',
  'digest',
  'result',
  'reason',
  'source',
  'details',
  'previous',
  'hash',
] as const satisfies readonly (keyof AuditRecordJson)[];

/** The first line of a CSV export. */
export const CSV_HEAD = `${COLUMNS.join(',')}\r\n`;

/** A record as a line of RFC 4180. Cells that a spreadsheet would take for a formula get an apostrophe in front. */
export function csvLine(record: AuditRecordJson): string {
  return `${COLUMNS.map((column) => csvCell(record[column])).join(',')}\r\n`;
}

function csvCell(value: AuditRecordJson[(typeof COLUMNS)[number]]): string {
  if (value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
