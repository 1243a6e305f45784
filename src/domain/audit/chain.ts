import { createHash } from 'node:crypto';
import type { AuditHead, AuditRecord } from './record.ts';
import { auditRecordJson } from './json.ts';
import { canonicalJson } from '../canonical-json.ts';

/** What stands in `previous` of the first record. */
export const FIRST_PREVIOUS = '0'.repeat(64);

/** The hash of a record: SHA-256 (hex) over the canonical JSON (RFC 8785) of all of it but its hash. */
export function auditHash(record: Omit<AuditRecord, 'hash'>): string {
  const { hash: _hash, ...hashed } = auditRecordJson(record);
  return createHash('sha256').update(canonicalJson(hashed)).digest('hex');
}

/** What is signed of a head. The purpose keeps the signature from meaning anything else. */
export function headText(head: Pick<AuditHead, 'seq' | 'hash' | 'at'>): string {
  return `plumbline audit head v1\n${canonicalJson({ seq: head.seq, hash: head.hash, at: head.at })}`;
}
