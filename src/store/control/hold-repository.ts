import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { Hold } from '../../domain/eligibility/hold.ts';
import { PlumblineError } from '../../util/errors.ts';
import type { HoldRepository } from '../control.ts';
import type { Database } from '../database.ts';
import { storable } from '../failure-columns.ts';
import type { Tables } from '../tables.ts';
import { utc } from '../times.ts';
import { appendAudit } from './append-audit.ts';
import type { HoldTable } from './tables.ts';

/** Pauses and pins in the database. */
export function createHoldRepository(database: Database): HoldRepository {
  return {
    place: (hold, records) =>
      database.write(async (trx) => {
        // Two that are placed at once must not both be the active one.
        if (database.kind === 'postgres') await sql`lock table holds in exclusive mode`.execute(trx);
        if (await holdRow(trx, hold.id)) return;
        await place(trx, hold);
        await appendAudit(trx, database.kind, records?.(hold) ?? []);
      }),
    release: (id, by, at, records) =>
      database.write(async (trx) => {
        const { hold, changed } = await release(trx, id, by, utc(at));
        if (changed) await appendAudit(trx, database.kind, records?.(hold) ?? []);
        return hold;
      }),
    active: () =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('holds')
          .selectAll()
          .where('released_at', 'is', null)
          .orderBy('at')
          .orderBy('id')
          .execute();
        return rows.map(toHold);
      }),
  };
}

async function place(trx: Transaction<Tables>, hold: Hold): Promise<void> {
  const at = utc(hold.at);
  await trx
    .updateTable('holds')
    .set({ released_at: at, released_by: storable(hold.by) })
    .where('kind', '=', hold.kind)
    .where('scope', '=', hold.scope)
    .where('name', '=', hold.name)
    .where('repo', hold.repo === null ? 'is' : '=', hold.repo)
    .where('released_at', 'is', null)
    .execute();
  await trx
    .insertInto('holds')
    .values({
      id: hold.id,
      kind: hold.kind,
      scope: hold.scope,
      repo: hold.repo,
      name: hold.name,
      commit: hold.commit,
      merge: hold.merge === undefined ? null : JSON.stringify(hold.merge),
      reason: storable(hold.reason),
      by: storable(hold.by),
      at,
      released_at: null,
      released_by: null,
    })
    .execute();
}

async function release(
  trx: Transaction<Tables>,
  id: string,
  by: string,
  at: string,
): Promise<{ hold: Hold; changed: boolean }> {
  const { numUpdatedRows } = await trx
    .updateTable('holds')
    .set({ released_at: at, released_by: storable(by) })
    .where('id', '=', id)
    .where('released_at', 'is', null)
    .executeTakeFirst();
  const row = await holdRow(trx, id);
  if (row) return { hold: toHold(row), changed: numUpdatedRows > 0n };
  throw new PlumblineError('hold_not_found', `There is no hold ${id}.`, { details: { hold: id } });
}

function holdRow(db: Kysely<Tables>, id: string): Promise<Selectable<HoldTable> | undefined> {
  return db.selectFrom('holds').selectAll().where('id', '=', id).executeTakeFirst();
}

function toHold(row: Selectable<HoldTable>): Hold {
  return {
    id: row.id,
    kind: row.kind,
    scope: row.scope,
    repo: row.repo,
    name: row.name,
    commit: row.commit,
    ...(row.merge === null ? {} : { merge: JSON.parse(row.merge) as NonNullable<Hold['merge']> }),
    reason: row.reason,
    by: row.by,
    at: row.at,
    releasedAt: row.released_at,
    releasedBy: row.released_by,
  };
}
