import { sql, type Transaction } from 'kysely';
import { PlumblineError } from '../util/errors.ts';
import type { Manifest } from './archive/manifest.ts';
import { readArchive, verifyArchive } from './archive/read-archive.ts';
import { dropTables, insertRows, isEmpty, TABLE_NAMES } from './archive/tables.ts';
import { damaged, type TarEntry } from './archive/tar.ts';
import { openBlobStore } from './artifacts/open.ts';
import type { CopyProgress, StoreWithArtifacts } from './backup.ts';
import type { Database } from './database.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/all.ts';
import { openDatabase } from './open.ts';
import type { Tables } from './tables.ts';

const TABLE_FILE = /^tables\/([a-z_]+)\/\d+\.jsonl$/;
const ARTIFACT_FILE = /^artifacts\/([0-9a-f]{2}\/[0-9a-f]{62}(?:\.enc)?)$/;

/**
 * Puts a backup into a store that is empty, or replaces one with `force`. All of it or nothing: the file is verified in full
 * before anything is written, and the database changes in one transaction. Stop `serve` and all workers first.
 * @param options.at ISO 8601, recorded for the migrations
 * @throws PlumblineError `backup_corrupt`, `backup_unreadable`, `backup_newer`, `store_not_empty`, and those of `openStore`
 */
export async function restoreStore(
  store: StoreWithArtifacts,
  file: string,
  options: { force: boolean; at: string; onProgress?: (progress: CopyProgress) => void },
): Promise<Manifest> {
  const manifest = await verifyArchive(file);
  const newest = migrations.at(-1)!.version;
  if (manifest.schema_version > newest) throw newerBackup(manifest.schema_version, newest);
  const database = await openDatabase(store);
  try {
    // Told before artifacts are copied; looked at again where it counts, in the transaction.
    await database.write((trx) => prepare(trx, database, options));
    await restoreArtifacts(store, file);
    await database.write(async (trx) => {
      await prepare(trx, database, options);
      const { id } = await trx.selectFrom('installation').select('id').executeTakeFirstOrThrow();
      await dropTables(trx);
      const ofThen = migrations.filter((step) => step.version <= manifest.schema_version);
      await migrate(trx, database.kind, ofThen, options.at);
      await restoreTables(trx, file, options.onProgress);
      await migrate(trx, database.kind, migrations, options.at);
      await trx.updateTable('installation').set({ id }).execute();
      if (database.kind === 'postgres') await continueNumbers(trx);
    });
    return manifest;
  } finally {
    await database.close();
  }
}

async function prepare(
  trx: Transaction<Tables>,
  database: Database,
  options: { force: boolean; at: string },
): Promise<void> {
  await migrate(trx, database.kind, migrations, options.at);
  if (options.force || (await isEmpty(trx))) return;
  throw new PlumblineError(
    'store_not_empty',
    'The store is not empty. Restore into an empty one, or replace all that is in it with --force.',
  );
}

async function restoreArtifacts(store: StoreWithArtifacts, file: string): Promise<void> {
  const blobs = openBlobStore(store.dataDir, store.s3);
  for await (const { name, bytes } of readArchive(file)) {
    const [, blob] = ARTIFACT_FILE.exec(name) ?? [];
    if (!blob || bytes.equals((await blobs.get(blob)) ?? Buffer.alloc(0))) continue;
    // Another under this name is a damaged one, or another encryption of the same.
    await blobs.remove(blob, 0);
    await blobs.put(blob, bytes);
  }
}

async function restoreTables(
  trx: Transaction<Tables>,
  file: string,
  onProgress?: (progress: CopyProgress) => void,
): Promise<void> {
  const progress: CopyProgress = { rows: 0, artifacts: 0 };
  for await (const entry of readArchive(file)) {
    if (ARTIFACT_FILE.test(entry.name)) progress.artifacts += 1;
    progress.rows += await restoreTable(trx, entry);
    onProgress?.({ ...progress });
  }
}

async function restoreTable(trx: Transaction<Tables>, { name, bytes }: TarEntry): Promise<number> {
  const [, table] = TABLE_FILE.exec(name) ?? [];
  if (!table) return 0;
  if (!TABLE_NAMES.includes(table)) throw damaged(`it has an unknown table, ${table}`);
  const rows = bytes
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, string | number | null>);
  await insertRows(trx, table, rows);
  return rows.length;
}

/** Rows that come with their own numbers leave PostgreSQL's counter behind. */
async function continueNumbers(trx: Transaction<Tables>): Promise<void> {
  await sql`select setval(pg_get_serial_sequence('events', 'seq'),
    (select coalesce(max(seq), 0) + 1 from events), false)`.execute(trx);
}

function newerBackup(version: number, newest: number): PlumblineError {
  return new PlumblineError(
    'backup_newer',
    `The backup has schema version ${version}, and this Plumbline knows versions up to ${newest}: ` +
      'restore it with the version that made it, or a later one.',
  );
}
