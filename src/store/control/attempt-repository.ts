import type { Kysely, Selectable, Transaction } from 'kysely';
import type { Attempt, AttemptStatus, Backup } from '../../domain/attempt.ts';
import { entryName } from '../../domain/repo-name.ts';
import type { Failure } from '../../domain/task.ts';
import { PlumblineError } from '../../util/errors.ts';
import type { AttemptRepository, Records } from '../control.ts';
import type { Database } from '../database.ts';
import { failureColumns, storable } from '../failure-columns.ts';
import type { StoreKind } from '../store.ts';
import type { Tables } from '../tables.ts';
import { utc } from '../times.ts';
import { appendAudit } from './append-audit.ts';
import { backupRow, toAttempt, toBackup, toLease } from './attempt-rows.ts';
import { beginAttempt } from './begin-attempt.ts';
import { leaseRow } from './lease-row.ts';
import { lockStack } from './stack-lock.ts';
import type { AttemptTable } from './tables.ts';

const OPEN = ['started', 'unknown'] as const satisfies readonly AttemptStatus[];

/** Attempts, leases and backups in the database. */
export function createAttemptRepository(database: Database): AttemptRepository {
  const { kind } = database;
  return {
    begin: (attempt, { overUnknown = false }, records) =>
      database.write((trx) => beginAttempt(trx, kind, attempt, { overUnknown, records })),
    setTool: (id, fence, tool, at) =>
      database.write(async (trx) => {
        await renew(trx, kind, id, fence, utc(at));
        const written = tool === null ? null : JSON.stringify(tool);
        await trx.updateTable('attempts').set({ tool: written }).where('id', '=', id).execute();
      }),
    setBackup: (id, fence, backup) => database.write((trx) => setBackup(trx, kind, id, fence, backup)),
    renew: (id, fence, at) => database.write((trx) => renew(trx, kind, id, fence, utc(at))),
    end: (id, result, at, records) =>
      database.write((trx) => close(trx, kind, { id, from: 'started', result, at: utc(at), records })),
    settle: (id, result, at, records) =>
      database.write((trx) => close(trx, kind, { id, from: 'unknown', result, at: utc(at), records })),
    ...readers(database),
  };
}

function readers(database: Database) {
  const many = async (query: (db: Kysely<Tables>) => Promise<Selectable<AttemptTable>[]>) =>
    (await database.read(query)).map(toAttempt);
  return {
    get: async (id) => {
      const row = await database.read((db) => attemptRow(db, id));
      return row && toAttempt(row);
    },
    lease: async (repo, stackKey) => {
      const row = await database.read((db) => leaseRow(db, repo, stackKey).executeTakeFirst());
      return row && toLease(row);
    },
    open: () =>
      many((db) =>
        db
          .selectFrom('attempts')
          .selectAll()
          .where('status', 'in', OPEN)
          .orderBy('started_at')
          .orderBy('id')
          .execute(),
      ),
    list: ({ repo, stackKey, taskId, limit }) =>
      many((db) => {
        let query = db.selectFrom('attempts').selectAll();
        if (repo !== undefined) query = query.where('repo', '=', repo);
        if (stackKey !== undefined) query = query.where('stack_key', '=', stackKey);
        if (taskId !== undefined) query = query.where('task_id', '=', taskId);
        return query.orderBy('started_at', 'desc').orderBy('id', 'desc').limit(limit).execute();
      }),
    emergencies: ({ repo, from, to }) =>
      many((db) => {
        let query = db.selectFrom('attempts').selectAll().where('rule', '=', 'break_glass');
        if (repo !== undefined) query = query.where('repo', '=', repo);
        const within = query.where('started_at', '>=', from).where('started_at', '<=', to);
        return within.orderBy('started_at', 'desc').orderBy('id', 'desc').execute();
      }),
    backups: async (repo, stackKey, limit) => {
      const rows = await database.read((db) =>
        db
          .selectFrom('backups')
          .selectAll()
          .where('repo', '=', repo)
          .where('stack_key', '=', stackKey)
          .orderBy('created_at', 'desc')
          .orderBy('id', 'desc')
          .limit(limit)
          .execute(),
      );
      return rows.map(toBackup);
    },
    backup: async (id) => {
      const row = await database.read((db) =>
        db.selectFrom('backups').selectAll().where('id', '=', id).executeTakeFirst(),
      );
      return row && toBackup(row);
    },
  } satisfies Partial<AttemptRepository>;
}

async function setBackup(
  trx: Transaction<Tables>,
  kind: StoreKind,
  id: string,
  fence: number,
  backup: Backup,
): Promise<void> {
  await renew(trx, kind, id, fence, utc(backup.createdAt));
  await trx
    .insertInto('backups')
    .values(backupRow(backup))
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
  await trx.updateTable('attempts').set({ backup_id: backup.id }).where('id', '=', id).execute();
}

/** Says that the holder is alive; fails when the lease is no longer its own. Time never goes back. */
async function renew(
  trx: Transaction<Tables>,
  kind: StoreKind,
  id: string,
  fence: number,
  at: string,
): Promise<void> {
  const attempt = await knownAttempt(trx, id);
  await lockStack(trx, kind, attempt.repo, attempt.stack_key);
  const row = await leaseRow(trx, attempt.repo, attempt.stack_key).executeTakeFirst();
  if (row?.attempt_id !== id || row.fence !== fence) {
    throw new PlumblineError(
      'lease_lost',
      `The attempt ${id} no longer holds ${attempt.repo}/${attempt.stack_key}` +
        ` (its fence is ${fence}, the stack's is ${row?.fence ?? 0}): it must change nothing any more.`,
      { details: { attempt: id, fence, held: row?.fence ?? 0 } },
    );
  }
  if (at <= row.renewed_at) return;
  await trx
    .updateTable('leases')
    .set({ renewed_at: at })
    .where('repo', '=', entryName(attempt.repo))
    .where('stack_key', '=', attempt.stack_key)
    .execute();
}

interface Closing {
  id: string;
  /** The status that it has to be in. */
  from: AttemptStatus;
  result: { status: AttemptStatus; summary: string; error?: Failure | null };
  at: string;
  records: Records<Attempt> | undefined;
}

/** Closes an attempt; the lease goes back when nothing may still be running. */
async function close(
  trx: Transaction<Tables>,
  kind: StoreKind,
  { id, from, result, at, records }: Closing,
): Promise<Attempt> {
  const { repo, stack_key: stackKey } = await knownAttempt(trx, id);
  await lockStack(trx, kind, repo, stackKey);
  const row = await knownAttempt(trx, id);
  if (row.status !== from) return toAttempt(row);
  const changes = {
    status: result.status,
    summary: storable(result.summary),
    ended_at: result.status === 'started' ? null : at,
    ...(result.error === undefined ? {} : failureColumns(result.error)),
  };
  await trx.updateTable('attempts').set(changes).where('id', '=', id).execute();
  if (!(OPEN as readonly string[]).includes(result.status)) {
    // A newer attempt may have taken the lease over an unknown one.
    await trx
      .updateTable('leases')
      .set({ attempt_id: null })
      .where('repo', '=', entryName(repo))
      .where('stack_key', '=', stackKey)
      .where('attempt_id', '=', id)
      .execute();
  }
  const closed = toAttempt({ ...row, ...changes });
  if (closed.status !== from) await appendAudit(trx, kind, records?.(closed) ?? []);
  return closed;
}

function attemptRow(db: Kysely<Tables>, id: string): Promise<Selectable<AttemptTable> | undefined> {
  return db.selectFrom('attempts').selectAll().where('id', '=', id).executeTakeFirst();
}

async function knownAttempt(db: Kysely<Tables>, id: string): Promise<Selectable<AttemptTable>> {
  const row = await attemptRow(db, id);
  if (row) return row;
  throw new PlumblineError('attempt_not_found', `There is no attempt ${id}.`, { details: { attempt: id } });
}
