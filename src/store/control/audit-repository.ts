import type { Kysely, SelectQueryBuilder } from 'kysely';
import type { AuditQuery, AuditRepository } from '../control.ts';
import type { Database } from '../database.ts';
import type { Tables } from '../tables.ts';
import { utc } from '../times.ts';
import { appendAudit, lastRecord } from './append-audit.ts';
import { headRow, toAuditRecord, toHead } from './audit-rows.ts';

/** The hash-chained log in the database. */
export function createAuditRepository(database: Database): AuditRepository {
  return {
    append: (entry) => database.write(async (trx) => (await appendAudit(trx, database.kind, [entry]))[0]!),
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
