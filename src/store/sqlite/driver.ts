import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { type CompiledQuery, type DatabaseConnection, type Driver, type QueryResult } from 'kysely';
import { retryWhileBusy } from './busy.ts';
import { createQueue } from './queue.ts';

/** Statements longer than this are bulk inserts of varying length: not worth keeping prepared. */
const LONGEST_CACHED_SQL = 4000;
const MOST_CACHED_STATEMENTS = 200;

/**
 * Kysely's driver for `node:sqlite`: one connection, used by one transaction or query at a time.
 * Transactions that may write begin immediately, so that waiting for another process happens at their start, where
 * nothing needs to be undone.
 */
export function createSqliteDriver(open: () => Promise<DatabaseSync>): Driver {
  const queue = createQueue();
  let database: DatabaseSync | undefined;
  let connection: SqliteConnection | undefined;
  const raw = (sql: string) => retryWhileBusy(() => database!.exec(sql));
  return {
    async init() {
      database = await open();
      connection = createConnection(database);
    },
    async acquireConnection() {
      await queue.enter();
      return connection!;
    },
    async beginTransaction(conn, settings) {
      await raw(settings.accessMode === 'read only' ? 'begin' : 'begin immediate');
      (conn as SqliteConnection).inTransaction = true;
    },
    async commitTransaction(conn) {
      await raw('commit');
      (conn as SqliteConnection).inTransaction = false;
    },
    async rollbackTransaction(conn) {
      (conn as SqliteConnection).inTransaction = false;
      // Some errors (a full disk) have already rolled back.
      if (database!.isTransaction) await raw('rollback');
    },
    async releaseConnection() {
      queue.leave();
    },
    async destroy() {
      await queue.enter();
      queue.leave();
      database?.close();
      database = undefined;
    },
  };
}

interface SqliteConnection extends DatabaseConnection {
  inTransaction: boolean;
}

function createConnection(database: DatabaseSync): SqliteConnection {
  const prepare = statementCache(database);
  const run = (query: CompiledQuery): QueryResult<never> => {
    const statement = prepare(query.sql);
    const values = query.parameters as SQLInputValue[];
    if (statement.columns().length > 0) return { rows: statement.all(...values) as never[] };
    const { changes } = statement.run(...values);
    return { rows: [], numAffectedRows: BigInt(changes) };
  };
  const connection: SqliteConnection = {
    inTransaction: false,
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      // Inside a transaction the write lock is held already: waiting there could only be a deadlock.
      return connection.inTransaction ? run(query) : retryWhileBusy(() => run(query));
    },
    async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
      const rows = database.prepare(query.sql).iterate(...(query.parameters as SQLInputValue[]));
      for (const row of rows) yield { rows: [row as R] };
    },
  };
  return connection;
}

function statementCache(database: DatabaseSync): (sql: string) => StatementSync {
  const statements = new Map<string, StatementSync>();
  return (sql) => {
    const known = statements.get(sql);
    if (known) return known;
    const statement = database.prepare(sql);
    if (sql.length > LONGEST_CACHED_SQL) return statement;
    if (statements.size >= MOST_CACHED_STATEMENTS) statements.delete(statements.keys().next().value!);
    statements.set(sql, statement);
    return statement;
  };
}
