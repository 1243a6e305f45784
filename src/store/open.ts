import { join } from 'node:path';
import { sql } from 'kysely';
import { createArtifactRepository } from './artifact-repository.ts';
import { createConfigRepository } from './config-repository.ts';
import { createControlStore } from './control/open-control.ts';
import type { Database } from './database.ts';
import { createEventRepository } from './event-repository.ts';
import { createJobRepository } from './job-repository.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/all.ts';
import { createPlanRepository } from './plan-repository.ts';
import { openPostgres } from './postgres/open-postgres.ts';
import { openSqlite } from './sqlite/open-sqlite.ts';
import { createResourceRepository } from './resource-repository.ts';
import { createStackRepository } from './stack-repository.ts';
import type { Store } from './store.ts';
import { createTriggerStore } from './trigger-repositories.ts';
import { createTaskRepository } from './task-repository.ts';

/** Where a store is: a PostgreSQL URL, or null for the embedded SQLite under `dataDir`. */
export interface StoreLocation {
  url: string | null;
  /** Absolute. */
  dataDir: string;
}

/**
 * Opens the store and brings its schema up to date. Several processes may do so at once.
 * @param options.now milliseconds since 1970, for retention; the machine's clock when not given
 * @throws PlumblineError `store_unreachable`, `store_url_invalid`, `store_newer`, `store_on_network`, `store_unusable`
 */
export async function openStore(
  location: StoreLocation,
  options: { now?: () => number } = {},
): Promise<Store> {
  const database = await openDatabase(location);
  try {
    await database.write((trx) => migrate(trx, database.kind, migrations, new Date().toISOString()));
  } catch (error) {
    await database.close();
    throw error;
  }
  return createStore(database, options.now ?? Date.now);
}

/** Opens the database of a store without looking at its schema. */
export function openDatabase(location: StoreLocation): Promise<Database> {
  return location.url === null ? openSqlite(sqlitePath(location.dataDir)) : openPostgres(location.url);
}

/** The embedded store's file. */
export function sqlitePath(dataDir: string): string {
  return join(dataDir, 'store', 'plumbline.db');
}

function createStore(database: Database, now: () => number): Store {
  return {
    kind: database.kind,
    tasks: createTaskRepository(database),
    jobs: createJobRepository(database),
    stacks: createStackRepository(database),
    plans: createPlanRepository(database),
    configs: createConfigRepository(database),
    events: createEventRepository(database),
    artifacts: createArtifactRepository(database, now),
    resources: createResourceRepository(database),
    ...createControlStore(database),
    ...createTriggerStore(database),
    installation: () =>
      database.read(
        async (db) => (await db.selectFrom('installation').select('id').executeTakeFirstOrThrow()).id,
      ),
    ping: async () => {
      await database.read((db) => sql`select 1`.execute(db));
    },
    close: () => database.close(),
  };
}
