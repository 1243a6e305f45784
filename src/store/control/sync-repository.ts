import type { Selectable } from 'kysely';
import type { StackSync } from '../../domain/hold.ts';
import type { SyncRepository } from '../control.ts';
import type { Database } from '../database.ts';
import { storable } from '../failure-columns.ts';
import { utc } from '../times.ts';
import type { SyncTable } from './tables.ts';

const MOST_HEALS = 20;

/** What each stack was last synced to, in the database. */
export function createSyncRepository(database: Database): SyncRepository {
  return {
    get: (repo, stackKey) =>
      database.read(async (db) => {
        const row = await db
          .selectFrom('syncs')
          .selectAll()
          .where('repo', '=', repo)
          .where('stack_key', '=', stackKey)
          .executeTakeFirst();
        return row && toSync(row);
      }),
    list: (repo) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('syncs')
          .selectAll()
          .where('repo', '=', repo)
          .orderBy('stack_key')
          .execute();
        return rows.map(toSync);
      }),
    put: (sync) =>
      database.write(async (trx) => {
        const { repo, stack_key, ...rest } = syncRow(sync);
        await trx
          .insertInto('syncs')
          .values({ repo, stack_key, ...rest })
          .onConflict((conflict) => conflict.columns(['repo', 'stack_key']).doUpdateSet(rest))
          .execute();
      }),
  };
}

function syncRow(sync: StackSync): SyncTable {
  return {
    repo: sync.repo,
    stack_key: sync.stackKey,
    commit: sync.commit,
    digest: storable(sync.digest),
    at: utc(sync.at),
    attempt_id: sync.attemptId,
    heals: JSON.stringify(sync.heals.slice(0, MOST_HEALS)),
  };
}

function toSync(row: Selectable<SyncTable>): StackSync {
  return {
    repo: row.repo,
    stackKey: row.stack_key,
    commit: row.commit,
    digest: row.digest,
    at: row.at,
    attemptId: row.attempt_id,
    heals: JSON.parse(row.heals) as string[],
  };
}
