import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Kysely } from 'kysely';
import type { S3Settings } from '../domain/settings.ts';
import { type Manifest, newManifest } from './archive/manifest.ts';
import { readTables } from './archive/tables.ts';
import { type AddFile, writeArchive } from './archive/write-archive.ts';
import { blobName } from './artifacts/digest.ts';
import { openBlobStore } from './artifacts/open.ts';
import { migrate, schemaVersion } from './migrate.ts';
import { migrations } from './migrations/all.ts';
import { openDatabase, type StoreLocation } from './open.ts';
import type { Tables } from './tables.ts';

/** A store and its artifacts. */
export interface StoreWithArtifacts extends StoreLocation {
  s3: S3Settings | null;
}

/** What has been done so far: rows and files. */
export interface CopyProgress {
  rows: number;
  artifacts: number;
}

/** Table rows are gathered into files of about this size. */
const FILE_BYTES = 4_000_000;

/**
 * Writes all that the store keeps into one file (a tar with JSON lines, gzip, mode 0600), while others go on using it: the
 * database as it was at one moment, and the artifacts it refers to, on disk or in a bucket, still encrypted. The data key is not
 * in it. It can be restored into either database, and to disk or into a bucket.
 * @param options.at ISO 8601, for the manifest
 * @throws PlumblineError `backup_exists`, and those of `openStore`
 */
export async function backupStore(
  store: StoreWithArtifacts,
  file: string,
  options: { at: string; onProgress?: (progress: CopyProgress) => void; signal?: AbortSignal },
): Promise<Manifest> {
  const database = await openDatabase(store);
  try {
    await database.write((trx) => migrate(trx, database.kind, migrations, options.at));
    await mkdir(dirname(file), { recursive: true });
    return await database.snapshot(async (trx) => {
      const manifest = newManifest({
        schema_version: await schemaVersion(trx),
        created_at: options.at,
        database: database.kind,
        artifacts: 'included',
      });
      const progress: CopyProgress = { rows: 0, artifacts: 0 };
      const told = () => {
        options.signal?.throwIfAborted();
        options.onProgress?.({ ...progress });
      };
      await writeArchive(file, manifest, async (add) => {
        await addTables(trx, manifest, add, (rows) => {
          progress.rows += rows;
          told();
        });
        await addArtifacts(trx, store, manifest, add, () => {
          progress.artifacts += 1;
          told();
        });
      });
      return manifest;
    });
  } finally {
    await database.close();
  }
}

async function addTables(
  trx: Kysely<Tables>,
  manifest: Manifest,
  add: AddFile,
  onRows: (rows: number) => void,
): Promise<void> {
  let table = '';
  let lines: string[] = [];
  let sizeBytes = 0;
  let files = 0;
  const flush = async (): Promise<void> => {
    if (lines.length === 0) return;
    files += 1;
    await add(`tables/${table}/${String(files).padStart(6, '0')}.jsonl`, Buffer.from(lines.join('')));
    lines = [];
    sizeBytes = 0;
  };
  for await (const page of readTables(trx)) {
    if (page.table !== table || sizeBytes > FILE_BYTES) await flush();
    table = page.table;
    for (const row of page.rows) {
      const line = `${JSON.stringify(row)}\n`;
      lines.push(line);
      sizeBytes += line.length;
    }
    manifest.tables[table] = (manifest.tables[table] ?? 0) + page.rows.length;
    onRows(page.rows.length);
  }
  await flush();
}

async function addArtifacts(
  trx: Kysely<Tables>,
  store: StoreWithArtifacts,
  manifest: Manifest,
  add: AddFile,
  onArtifact: () => void,
): Promise<void> {
  const blobs = openBlobStore(store.dataDir, store.s3);
  const rows = await trx
    .selectFrom('artifacts')
    .select('digest')
    .union(trx.selectFrom('backups').select('content as digest'))
    .orderBy('digest')
    .execute();
  for (const { digest } of rows) {
    const name = blobName(digest);
    const bytes = await blobs.get(name);
    // Retention may have removed it since the snapshot was taken; the backup is still worth having.
    if (bytes) await add(`artifacts/${name}`, Buffer.from(bytes));
    else manifest.missing_artifacts.push(digest);
    onArtifact();
  }
}
