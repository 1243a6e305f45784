import type { Selectable } from 'kysely';
import type { AuditEntry, AuditHead, AuditRecord } from '../../domain/audit/record.ts';
import { auditHash } from '../../domain/audit/chain.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/json.ts';
import { storable } from '../failure-columns.ts';
import { utc } from '../times.ts';
import type { AuditHeadTable, AuditTable } from './tables.ts';

/** The record that an entry becomes after the record with `seq` - 1. Texts are as the database will give them back. */
export function auditRecord(entry: AuditEntry, seq: number, previous: string): AuditRecord {
  const optional = (value: string | null) => (value === null ? null : text(value));
  const link = {
    seq,
    at: utc(entry.at),
    actor: text(entry.actor),
    action: entry.action,
    repo: optional(entry.repo),
    stackKey: optional(entry.stackKey),
    environment: optional(entry.environment),
    taskId: optional(entry.taskId),
    commit: optional(entry.commit),
    digest: optional(entry.digest),
    result: text(entry.result),
    reason: text(entry.reason),
    source: text(entry.source),
    details: JSON.parse(canonicalJson(entry.details)) as JsonObject,
    previous,
  };
  return { ...link, hash: auditHash(link) };
}

/** No NUL, which PostgreSQL refuses, and no half of a surrogate pair, which UTF-8 can't hold. */
function text(value: string): string {
  return storable(value).toWellFormed();
}

/** A record as columns. */
export function auditRow(record: AuditRecord): AuditTable {
  return {
    seq: record.seq,
    at: record.at,
    actor: record.actor,
    action: record.action,
    repo: record.repo,
    stack_key: record.stackKey,
    environment: record.environment,
    task_id: record.taskId,
    commit: record.commit,
    digest: record.digest,
    result: record.result,
    reason: record.reason,
    source: record.source,
    details: canonicalJson(record.details),
    previous: record.previous,
    hash: record.hash,
  };
}

/** The record that columns hold, whatever has become of them: an edited row must be readable to be reported. */
export function toAuditRecord(row: Selectable<AuditTable>): AuditRecord {
  return {
    seq: row.seq,
    at: row.at,
    actor: row.actor,
    action: row.action,
    repo: row.repo,
    stackKey: row.stack_key,
    environment: row.environment,
    taskId: row.task_id,
    commit: row.commit,
    digest: row.digest,
    result: row.result,
    reason: row.reason,
    source: row.source,
    details: detailsOf(row.details),
    previous: row.previous,
    hash: row.hash,
  };
}

/** Text that is not what was written (a space more is enough) gives other details, and so another hash. */
function detailsOf(written: string): JsonObject {
  const details = parsed(written);
  const asWritten = isJsonObject(details) && canonicalJson(details) === written;
  return asWritten ? details : { unreadable: written };
}

function parsed(written: string): JsonValue {
  try {
    return JSON.parse(written) as JsonValue;
  } catch {
    return null;
  }
}

/** A head as columns. */
export function headRow(head: AuditHead): AuditHeadTable {
  return {
    seq: head.seq,
    hash: head.hash,
    at: head.at,
    signature: head.signature,
    key_id: head.keyId,
    anchor: head.anchor,
  };
}

/** The head that columns hold. */
export function toHead(row: Selectable<AuditHeadTable>): AuditHead {
  return {
    seq: row.seq,
    hash: row.hash,
    at: row.at,
    signature: row.signature,
    keyId: row.key_id,
    anchor: row.anchor,
  };
}
