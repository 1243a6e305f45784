import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { PlumblineError } from '../../util/errors.ts';
import { createDatabase, type Database, type Faults } from '../database.ts';
import type { Tables } from '../tables.ts';
import { BLOCKING_WAIT_MS, retryWhileBusy, sqliteCode } from './busy.ts';
import { sqliteDialect } from './dialect.ts';
import { withGroupedWrites } from './grouped-writes.ts';
import { refuseNetworkFilesystem } from './network-filesystem.ts';

/**
 * Opens (and makes, when missing) the SQLite database at `path`.
 * @throws PlumblineError `store_on_network`, `store_unusable`
 */
export async function openSqlite(path: string): Promise<Database> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw faults(path).describe(error);
  }
  await refuseNetworkFilesystem(dirname(path));
  const kysely = new Kysely<Tables>({ dialect: sqliteDialect(() => connect(path)) });
  return withGroupedWrites(createDatabase(kysely, 'sqlite', faults(path)));
}

async function connect(path: string): Promise<DatabaseSync> {
  const database = new DatabaseSync(path, { timeout: BLOCKING_WAIT_MS, enableForeignKeyConstraints: true });
  try {
    // Two processes that make the file at once can meet here; the busy time-out doesn't cover this switch.
    await retryWhileBusy(() => database.exec('pragma journal_mode = wal'));
    // FULL: what was acknowledged to Temporal must be in the file even after a power failure. NORMAL could forget it.
    database.exec('pragma synchronous = full; pragma cache_size = -16000; pragma temp_store = memory');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

const SQLITE_FULL = 13;
const SQLITE_READONLY = 8;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;
const SQLITE_BUSY = 5;

const ADVICE: Record<number, string> = {
  [SQLITE_FULL]: 'the disk is full: make room and try again',
  [SQLITE_READONLY]: 'it is read-only: give this user write access to the file and its folder',
  [SQLITE_CORRUPT]: 'the file is damaged: restore a backup with `plumbline store restore`',
  [SQLITE_NOTADB]: 'the file is not a SQLite database: move it away, or restore a backup',
  [SQLITE_BUSY]: 'another process has kept it locked for a minute: end the process that holds it',
};

function faults(path: string): Faults {
  return {
    classify: () => 'other',
    describe(error) {
      const code = sqliteCode(error);
      const advice = code === undefined ? undefined : ADVICE[code];
      const text = error instanceof Error ? error.message : String(error);
      return new PlumblineError(
        code === SQLITE_BUSY ? 'store_busy' : advice ? 'store_unusable' : 'store_failed',
        `The store at ${path} failed: ${advice ? `${advice} (${text})` : text}.`,
        { cause: error, retryable: code === SQLITE_BUSY || code === SQLITE_FULL },
      );
    },
  };
}
