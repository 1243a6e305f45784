import { type Kysely, type SelectQueryBuilder, sql, type Transaction } from 'kysely';
import type { AuditEntry, AuditRecord } from '../../domain/audit.ts';
import { FIRST_PREVIOUS } from '../../domain/audit-chain.ts';
import type { AuditQuery, AuditRepository } from '../control.ts';
import type { Database } from '../database.ts';
import type { StoreKind } from '../store.ts';
import type { Tables } from '../tables.ts';
import { utc } from '../times.ts';
import { auditRecord, auditRow, headRow, toAuditRecord, toHead } from './audit-rows.ts';

/** Any fixed number: the advisory lock that one appending transaction at a time holds. */
const AUDIT_LOCK = 5_704_204;

/** The hash-chained log in the database. */
export function createAuditRepository(database: Database): AuditRepository {
  return {
    append: (entry) => database.write((trx) => appendAudit(trx, database.kind, entry)),
    list: ({ afterSeq, limit, ...query }) =>
      database.read(async (db) => {
        const rows = await chosen(db, query)
          .where('seq', '>', afterSeq)
          .orderBy('seq')
          .limit(limit)
          .execute();
        return rows.map(toAuditRecord);
      }),
    newest: ({ beforeSeq, limit, ...query }) =>
      database.read(async (db) => {
        let rows = chosen(db, query);
        if (beforeSeq !== undefined) rows = rows.where('seq', '<', beforeSeq);
        return (await rows.orderBy('seq', 'desc').limit(limit).execute()).map(toAuditRecord);
      }),
    last: () => database.read(lastRecord),
    lastHead: () =>
      database.read(async (db) => {
        const row = await db
          .selectFrom('audit_heads')
          .selectAll()
          .orderBy('seq', 'desc')
          .limit(1)
          .executeTakeFirst();
        return row && toHead(row);
      }),
    addHead: (head) =>
      database.write(async (trx) => {
        await trx
          .insertInto('audit_heads')
          .values(headRow(head))
          .onConflict((conflict) => conflict.column('seq').doNothing())
          .execute();
      }),
    setAnchor: (seq, anchor) =>
      database.write(async (trx) => {
        await trx.updateTable('audit_heads').set({ anchor }).where('seq', '=', seq).execute();
      }),
    heads: () =>
      database.read(async (db) => {
        const rows = await db.selectFrom('audit_heads').selectAll().orderBy('seq').execute();
        return rows.map(toHead);
      }),
  };
}

/**
 * Appends one record to the chain. To be the last step of its transaction: on PostgreSQL it holds a lock until the
 * commit, so that the next writer sees this record.
 */
async function appendAudit(
  trx: Transaction<Tables>,
  kind: StoreKind,
  entry: AuditEntry,
): Promise<AuditRecord> {
  if (kind === 'postgres') await sql`select pg_advisory_xact_lock(${sql.lit(AUDIT_LOCK)})`.execute(trx);
  const last = await lastRecord(trx);
  const record = auditRecord(entry, (last?.seq ?? 0) + 1, last?.hash ?? FIRST_PREVIOUS);
  await trx.insertInto('audit').values(auditRow(record)).execute();
  return record;
}

async function lastRecord(db: Kysely<Tables>): Promise<AuditRecord | undefined> {
  const row = await db.selectFrom('audit').selectAll().orderBy('seq', 'desc').limit(1).executeTakeFirst();
  return row && toAuditRecord(row);
}

function chosen(db: Kysely<Tables>, query: AuditQuery): SelectQueryBuilder<Tables, 'audit', Tables['audit']> {
  let rows = db.selectFrom('audit').selectAll();
  if (query.actor !== undefined) rows = rows.where('actor', '=', query.actor);
  if (query.action !== undefined) rows = rows.where('action', '=', query.action as 'login');
  if (query.repo !== undefined) rows = rows.where('repo', '=', query.repo);
  if (query.stackKey !== undefined) rows = rows.where('stack_key', '=', query.stackKey);
  if (query.environment !== undefined) rows = rows.where('environment', '=', query.environment);
  if (query.from !== undefined) rows = rows.where('at', '>=', utc(query.from));
  if (query.to !== undefined) rows = rows.where('at', '<', utc(query.to));
  return rows;
}
