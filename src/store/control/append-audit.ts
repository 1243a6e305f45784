import { type Kysely, sql, type Transaction } from 'kysely';
import type { AuditEntry, AuditRecord } from '../../domain/audit/record.ts';
import { FIRST_PREVIOUS } from '../../domain/audit/chain.ts';
import type { StoreKind } from '../store.ts';
import type { Tables } from '../tables.ts';
import { auditRecord, auditRow, toAuditRecord } from './audit-rows.ts';

/** Any fixed number: the advisory lock that one appending transaction at a time holds. */
const AUDIT_LOCK = 5_704_204;

/**
 * Appends records to the chain, in this order. To be the last step of its transaction: on PostgreSQL it holds a lock until
 * the commit, so that the next writer sees these records and nobody waits for another lock meanwhile.
 */
export async function appendAudit(
  trx: Transaction<Tables>,
  kind: StoreKind,
  entries: readonly AuditEntry[],
): Promise<AuditRecord[]> {
  if (entries.length === 0) return [];
  if (kind === 'postgres') await sql`select pg_advisory_xact_lock(${sql.lit(AUDIT_LOCK)})`.execute(trx);
  const records: AuditRecord[] = [];
  let last = await lastRecord(trx);
  for (const entry of entries) {
    last = auditRecord(entry, (last?.seq ?? 0) + 1, last?.hash ?? FIRST_PREVIOUS);
    await trx.insertInto('audit').values(auditRow(last)).execute();
    records.push(last);
  }
  return records;
}

/** The newest record of the chain. */
export async function lastRecord(db: Kysely<Tables>): Promise<AuditRecord | undefined> {
  const row = await db.selectFrom('audit').selectAll().orderBy('seq', 'desc').limit(1).executeTakeFirst();
  return row && toAuditRecord(row);
}
