import { type Kysely, sql, type Transaction } from 'kysely';
import { storedSettings } from '../domain/stored-settings.ts';
import type { Database } from './database.ts';
import type { ConfigRepository } from './store.ts';
import { sortedJson } from './sorted-json.ts';
import type { Tables } from './tables.ts';
import { utc } from './times.ts';

/** Numbered versions of the published config in the database. */
export function createConfigRepository(database: Database): ConfigRepository {
  return {
    publish: (settings, at) =>
      database.write(async (trx) => {
        // Two processes that publish at once must not take one number.
        if (database.kind === 'postgres') await sql`lock table configs in exclusive mode`.execute(trx);
        return publish(trx, sortedJson(settings), utc(at));
      }),
    get: (version) =>
      database.read(async (db) => {
        const row = await db
          .selectFrom('configs')
          .select('settings')
          .where('version', '=', version)
          .executeTakeFirst();
        return row && storedSettings(row.settings);
      }),
    latest: () =>
      database.read(async (db) => {
        const row = await newest(db);
        return row && { version: row.version, settings: storedSettings(row.settings) };
      }),
    inForceAt: (at) =>
      database.read(async (db) => {
        const row = await newestOf(db).where('published_at', '<=', utc(at)).executeTakeFirst();
        return row && storedSettings(row.settings);
      }),
  };
}

async function publish(trx: Transaction<Tables>, settings: string, at: string): Promise<number> {
  const last = await newest(trx);
  if (last?.settings === settings) return last.version;
  const version = (last?.version ?? 0) + 1;
  await trx.insertInto('configs').values({ version, settings, published_at: at }).execute();
  return version;
}

function newest(db: Kysely<Tables>) {
  return newestOf(db).executeTakeFirst();
}

function newestOf(db: Kysely<Tables>) {
  return db.selectFrom('configs').select(['version', 'settings']).orderBy('version', 'desc').limit(1);
}
