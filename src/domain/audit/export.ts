import type { AuditRecord } from './record.ts';
import { auditRecordJson } from './json.ts';
import { canonicalJson } from '../canonical-json.ts';
import type { JsonValue } from '../json.ts';

export const AUDIT_EXPORT_FORMATS = ['json', 'csv', 'ndjson'] as const;
export type AuditExportFormat = (typeof AUDIT_EXPORT_FORMATS)[number];

/** What an export's content is called in HTTP. */
export const AUDIT_EXPORT_TYPES: Readonly<Record<AuditExportFormat, string>> = {
  json: 'application/json',
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson',
};

type Records = Iterable<AuditRecord> | AsyncIterable<AuditRecord>;

/**
 * The records as text, piece by piece, so that the whole is never in memory.
 * `json`: `{"records": […]}`. `ndjson`: a record per line. `csv`: RFC 4180 with a header, see `csvCell`.
 * A record's JSON is canonical (RFC 8785): without its `hash` member it is exactly what the hash is over.
 */
export function exportAudit(records: Records, format: AuditExportFormat): AsyncGenerator<string> {
  const formats = { json: asJson, csv: asCsv, ndjson: asNdjson };
  return formats[format](records);
}

async function* asJson(records: Records): AsyncGenerator<string> {
  yield '{"records":[';
  let before = '\n';
  for await (const record of records) {
    yield `${before}${canonicalJson(auditRecordJson(record))}`;
    before = ',\n';
  }
  yield '\n]}\n';
}

async function* asNdjson(records: Records): AsyncGenerator<string> {
  for await (const record of records) yield `${canonicalJson(auditRecordJson(record))}\n`;
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
] as const;

async function* asCsv(records: Records): AsyncGenerator<string> {
  yield `${COLUMNS.join(',')}\r\n`;
  for await (const record of records) {
    const json = auditRecordJson(record);
    yield `${COLUMNS.map((column) => csvCell(json[column] ?? null)).join(',')}\r\n`;
  }
}

/**
 * One cell of a CSV file, quoted where RFC 4180 wants it. Text that a spreadsheet would take for a formula gets an
 * apostrophe in front (https://owasp.org/www-community/attacks/CSV_Injection), so such a text is not what was recorded: to
 * check hashes, use JSON.
 */
export function csvCell(value: JsonValue): string {
  if (value === null) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : canonicalJson(value);
  const safe = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
