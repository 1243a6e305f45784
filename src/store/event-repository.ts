import { sql } from 'kysely';
import { inChunks } from './chunks.ts';
import type { Database } from './database.ts';
import { storable } from './failure-columns.ts';
import type { EventRepository } from './store.ts';
import { utc } from './times.ts';

/** Any fixed number: the first half of the advisory locks that order the events of a task. */
const EVENT_LOCK = 5_704_202;

/** The live log of tasks in the database. */
export function createEventRepository(database: Database): EventRepository {
  return {
    append: (events) => {
      if (events.length === 0) return Promise.resolve();
      const rows = events.map((event) => ({
        task_id: event.taskId,
        stack_key: event.stackKey,
        kind: event.kind,
        message: storable(event.message),
        at: utc(event.at),
      }));
      return database.write(async (trx) => {
        if (database.kind === 'postgres') {
          // A number is drawn before its row can be seen: without the lock a reader that follows the log could see a
          // later number first and never come back for the earlier one.
          for (const task of new Set(rows.map((row) => row.task_id).sort())) {
            await sql`select pg_advisory_xact_lock(${sql.lit(EVENT_LOCK)}, hashtext(${task}))`.execute(trx);
          }
        }
        await inChunks(rows, (chunk) => trx.insertInto('events').values(chunk).execute());
      });
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
