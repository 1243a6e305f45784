import type { CreateTableBuilder, Kysely } from 'kysely';
import type { ColumnTypes } from './migration.ts';

/** Adds text columns: those that must have a value, and those that may have none. */
export function withText<Name extends string>(
  builder: CreateTableBuilder<Name>,
  types: ColumnTypes,
  required: readonly string[],
  optional: readonly string[],
): CreateTableBuilder<Name> {
  let table = builder;
  for (const name of required) table = table.addColumn(name, types.text, (c) => c.notNull()) as typeof table;
  for (const name of optional) table = table.addColumn(name, types.text) as typeof table;
  return table;
}

/** Makes an index over these columns. */
export async function index(
  db: Kysely<never>,
  name: string,
  table: string,
  columns: string[],
): Promise<void> {
  await db.schema.createIndex(name).on(table).columns(columns).execute();
}
