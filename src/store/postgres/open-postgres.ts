import { Kysely, PostgresDialect } from 'kysely';
import { Pool, TypeOverrides, types } from 'pg';
import { createDatabase, type Database } from '../database.ts';
import type { Tables } from '../tables.ts';
import { parsePostgresUrl } from './postgres-url.ts';
import { postgresFaults } from './faults.ts';

const MOST_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 60_000;
const IDLE_TIMEOUT_MS = 60_000;

/**
 * A pool of connections to PostgreSQL; none is made before the first query.
 * @throws PlumblineError `store_url_invalid`
 */
export async function openPostgres(url: string): Promise<Database> {
  const target = parsePostgresUrl(url);
  const pool = new Pool({
    connectionString: url,
    application_name: 'plumbline',
    max: MOST_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    keepAlive: true,
    types: parsers(),
  });
  // An idle connection that the server closed is dropped by the pool; unheard, its error would end the process.
  pool.on('error', () => {});
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return createDatabase(kysely, 'postgres', postgresFaults(target));
}

/** Sequence numbers and sizes are 64 bits wide there and stay far below 2^53. */
function parsers(): TypeOverrides {
  const overrides = new TypeOverrides();
  overrides.setTypeParser(types.builtins.INT8, Number);
  return overrides;
}
