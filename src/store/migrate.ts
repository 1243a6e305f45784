import { type Kysely, sql } from 'kysely';
import { PlumblineError } from '../util/errors.ts';
import type { ColumnTypes, Migration } from './migrations/migration.ts';
import type { StoreKind } from './store.ts';
import type { Tables } from './tables.ts';
import { utc } from './times.ts';

/** Any fixed number: the advisory lock that processes migrating one PostgreSQL database take. */
const MIGRATION_LOCK = 5_704_201;

/**
 * Brings the schema up to the newest of `steps` in one transaction, which the caller opened for writing.
 * Processes that start at once wait for each other (SQLite: the write lock of the transaction; PostgreSQL: an
 * advisory lock that ends with it). Safe to run again.
 * @returns the versions that were applied now
 * @throws PlumblineError `store_newer` when a newer Plumbline has already migrated the database
 */
export async function migrate(
  trx: Kysely<Tables>,
  kind: StoreKind,
  steps: readonly Migration[],
  at: string,
): Promise<number[]> {
  if (kind === 'postgres') {
    await sql`set local statement_timeout = 0`.execute(trx);
    await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)})`.execute(trx);
  }
  const types = columnTypes(kind);
  await trx.schema
    .createTable('schema_versions')
    .ifNotExists()
    .addColumn('version', 'integer', (column) => column.primaryKey())
    .addColumn('name', types.text, (column) => column.notNull())
    .addColumn('applied_at', types.text, (column) => column.notNull())
    .execute();
  const present = await schemaVersion(trx);
  const newest = steps.at(-1)?.version ?? 0;
  if (present > newest) throw newerStore(present, newest);
  const applied: number[] = [];
  for (const step of steps) {
    if (step.version <= present) continue;
    await step.up(trx as unknown as Kysely<never>, types);
    await trx
      .insertInto('schema_versions')
      .values({ version: step.version, name: step.name, applied_at: utc(at) })
      .execute();
    applied.push(step.version);
  }
  return applied;
}

/** The version of the schema; 0 before the first migration. The table of versions must exist. */
export async function schemaVersion(db: Kysely<Tables>): Promise<number> {
  const row = await db
    .selectFrom('schema_versions')
    .select((eb) => eb.fn.max('version').as('version'))
    .executeTakeFirst();
  return row?.version ?? 0;
}

/** The types of a kind of database, as migrations are given them. */
export function columnTypes(kind: StoreKind): ColumnTypes {
  // A database made with a locale would sort keys and times unlike SQLite does.
  return { kind, text: kind === 'postgres' ? sql`text collate "C"` : sql`text` };
}

function newerStore(present: number, newest: number): PlumblineError {
  return new PlumblineError(
    'store_newer',
    `The store has schema version ${present}, and this Plumbline knows versions up to ${newest}: ` +
      'a newer Plumbline has migrated it. Run that version or a later one, or restore a backup of before the upgrade.',
    { details: { present, newest } },
  );
}
