import { type Kysely, sql, type Transaction } from 'kysely';
import { inChunks } from '../chunks.ts';
import type { Tables } from '../tables.ts';

/** Every table that a backup holds with its primary key, those that are referred to before those that refer to them. */
const TABLES: readonly { name: keyof Tables; key: readonly string[] }[] = [
  { name: 'configs', key: ['version'] },
  { name: 'stacks', key: ['repo', 'key'] },
  { name: 'resources', key: ['repo', 'stack_key'] },
  { name: 'tasks', key: ['id'] },
  { name: 'jobs', key: ['id'] },
  { name: 'plans', key: ['job_id'] },
  { name: 'events', key: ['seq'] },
  { name: 'artifacts', key: ['job_id', 'kind', 'digest'] },
  { name: 'orphans', key: ['digest'] },
  { name: 'approvals', key: ['id'] },
  { name: 'decisions', key: ['id'] },
  { name: 'attempts', key: ['id'] },
  { name: 'leases', key: ['repo', 'stack_key'] },
  { name: 'backups', key: ['id'] },
  { name: 'verdicts', key: ['job_id'] },
  { name: 'holds', key: ['id'] },
  { name: 'syncs', key: ['repo', 'stack_key'] },
  { name: 'polls', key: ['repo'] },
  { name: 'watches', key: ['target'] },
  { name: 'audit', key: ['seq'] },
  { name: 'audit_heads', key: ['seq'] },
];

/** Names of the tables that a backup holds. */
export const TABLE_NAMES: readonly string[] = TABLES.map((table) => table.name);

type Row = Record<string, string | number | null>;

/** A plan can be large, so few rows are in memory at a time. */
const ROWS_PER_QUERY = 100;

/** All rows of all tables, in an order that can be inserted again, a hundred at most at a time. */
export async function* readTables(trx: Kysely<Tables>): AsyncGenerator<{ table: string; rows: Row[] }> {
  for (const { name, key } of TABLES) {
    const columns = sql.join(key.map((column) => sql.ref(column)));
    let after: Row | undefined;
    do {
      const last = after;
      const where = last ? sql`where (${columns}) > (${sql.join(key.map((column) => last[column]))})` : sql``;
      const { rows }: { rows: Row[] } =
        await sql<Row>`select * from ${sql.table(name)} ${where} order by ${columns} limit ${ROWS_PER_QUERY}`.execute(
          trx,
        );
      if (rows.length > 0) yield { table: name, rows };
      after = rows.length < ROWS_PER_QUERY ? undefined : rows.at(-1);
    } while (after);
  }
}

/** Inserts rows that `readTables` gave. */
export async function insertRows(
  trx: Transaction<Tables>,
  table: string,
  rows: readonly Row[],
): Promise<void> {
  await inChunks(rows, (chunk) =>
    trx
      .insertInto(table as 'configs')
      .values(chunk as never)
      .execute(),
  );
}

/** Whether nobody has used this store yet. */
export async function isEmpty(trx: Kysely<Tables>): Promise<boolean> {
  for (const { name } of TABLES) {
    const { rows } = await sql`select 1 from ${sql.table(name)} limit 1`.execute(trx);
    if (rows.length > 0) return false;
  }
  return true;
}

/** Removes every table and the record of migrations. */
export async function dropTables(trx: Kysely<Tables>): Promise<void> {
  for (const { name } of TABLES.toReversed()) await trx.schema.dropTable(name).execute();
  await trx.schema.dropTable('installation').execute();
  await trx.schema.dropTable('schema_versions').execute();
}
