import { sql, type Transaction } from 'kysely';
import { inChunks } from './chunks.ts';
import type { Database } from './database.ts';
import { storable } from './failure-columns.ts';
import type { EventRepository, StoreKind, TaskEvent } from './store.ts';
import type { Tables } from './tables.ts';
import { utc } from './times.ts';

/** Any fixed number: the first half of the advisory locks that order the events of a task. */
const EVENT_LOCK = 5_704_202;

/** The live log of tasks in the database. */
export function createEventRepository(database: Database): EventRepository {
  return {
    append: async (events) => {
      if (events.length > 0) await database.write((trx) => writeEvents(trx, database.kind, events));
    },
    list: (taskId, afterSeq, limit) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('events')
          .selectAll()
          .where('task_id', '=', taskId)
          .where('seq', '>', afterSeq)
          .orderBy('seq')
          .limit(limit)
          .execute();
        return rows.map((row) => ({
          seq: row.seq,
          taskId: row.task_id,
          stackKey: row.stack_key,
          kind: row.kind,
          message: row.message,
          at: row.at,
        }));
      }),
  };
}

/** Writes lines of live logs, in order. To be the last step of its transaction: it holds a lock until the commit. */
export async function writeEvents(
  trx: Transaction<Tables>,
  database: StoreKind,
  events: readonly Omit<TaskEvent, 'seq'>[],
): Promise<void> {
  if (database === 'postgres') {
    // A number is drawn before its row can be seen: without the lock a reader that follows the log could see a
    // later number first and never come back for the earlier one.
    for (const task of new Set(events.map((event) => event.taskId).sort())) {
      await sql`select pg_advisory_xact_lock(${sql.lit(EVENT_LOCK)}, hashtext(${task}))`.execute(trx);
    }
  }
  const rows = events.map((event) => ({
    task_id: event.taskId,
    stack_key: event.stackKey,
    kind: event.kind,
    message: storable(event.message),
    at: utc(event.at),
  }));
  await inChunks(rows, (chunk) => trx.insertInto('events').values(chunk).execute());
}
