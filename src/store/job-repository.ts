import type { Kysely, Selectable, Transaction } from 'kysely';
import { incompletePlan } from '../domain/incomplete-plan.ts';
import type { Failure, Job } from '../domain/task.ts';
import { PlumblineError } from '../util/errors.ts';
import type { Database } from './database.ts';
import { writeContents } from './artifact-repository.ts';
import { writeEvents } from './event-repository.ts';
import { failureColumns, failureOf, storable } from './failure-columns.ts';
import { writePlan } from './plan-repository.ts';
import { writeDeclared } from './resource-repository.ts';
import { recordFailure, recordPlan } from './stack-results.ts';
import type { JobOutline, JobRepository, JobResult, StoreKind } from './store.ts';
import type { JobTable, Tables } from './tables.ts';
import { utc } from './times.ts';

const UNFINISHED = ['pending', 'running'] as const;

/** Jobs in the database. */
export function createJobRepository(database: Database): JobRepository {
  const many = async (query: (db: Kysely<Tables>) => Promise<Selectable<JobTable>[]>) =>
    (await database.read(query)).map(toJob);
  return {
    get: async (id) => {
      const row = await database.read((db) => jobRow(db, id));
      return row && toJob(row);
    },
    outlines: (taskIds) => database.read((db) => outlines(db, taskIds)),
    listByTask: (taskId, { afterOrdinal, limit, unfinishedOnly }) =>
      many((db) => {
        let query = db.selectFrom('jobs').selectAll();
        query = query.where('task_id', '=', taskId).where('ordinal', '>', afterOrdinal);
        if (unfinishedOnly) query = query.where('status', 'in', UNFINISHED);
        return query.orderBy('ordinal').limit(limit).execute();
      }),
    listByRepo: (repo, limit) =>
      many((db) =>
        db
          .selectFrom('jobs')
          .selectAll()
          .where('repo', '=', repo)
          .orderBy('created_at', 'desc')
          .orderBy('ordinal', 'desc')
          .limit(limit)
          .execute(),
      ),
    listByStack: (repo, stackKey, limit) =>
      many((db) =>
        db
          .selectFrom('jobs')
          .selectAll()
          .where('repo', '=', repo)
          .where('stack_key', '=', stackKey)
          .orderBy('created_at', 'desc')
          .orderBy('id', 'desc')
          .limit(limit)
          .execute(),
      ),
    start: (id, worker, at) => database.write((trx) => start(trx, id, worker, utc(at))),
    complete: (id, result, at) => database.write((trx) => complete(trx, database.kind, id, result, utc(at))),
    fail: (id, outcome, error, at, { keepStack = false } = {}) =>
      database.write(async (trx) => {
        const job = await fail(trx, id, outcome, error, utc(at));
        if (job && !keepStack) await failStack(trx, database.kind === 'postgres', job, { outcome, error });
      }),
  };
}

async function outlines(db: Kysely<Tables>, taskIds: readonly string[]): Promise<JobOutline[]> {
  if (taskIds.length === 0) return [];
  return db
    .selectFrom('jobs')
    .where('task_id', 'in', taskIds)
    .select(['task_id as taskId', 'repo', 'stack_key as stackKey', 'path', 'status', 'outcome'])
    .execute();
}

async function start(trx: Transaction<Tables>, id: string, worker: string, at: string): Promise<number> {
  const started = await trx
    .updateTable('jobs')
    .set((eb) => ({
      status: 'running',
      attempts: eb('attempts', '+', 1),
      worker,
      started_at: eb.fn.coalesce('started_at', eb.val(at)),
    }))
    .where('id', '=', id)
    .where('status', 'in', UNFINISHED)
    .returning('attempts')
    .executeTakeFirst();
  if (started) return started.attempts;
  return (await knownJob(trx, id)).attempts;
}

async function complete(
  trx: Transaction<Tables>,
  database: StoreKind,
  id: string,
  { plan, contents, events }: JobResult,
  at: string,
): Promise<void> {
  const { status, drift, pending, resources, ...shown } = plan;
  const job = await trx
    .updateTable('jobs')
    .set({
      status: 'completed',
      outcome: status,
      drift,
      pending,
      severity: plan.severity,
      digest: storable(plan.digest),
      ended_at: at,
      ...failureColumns(incompletePlan(plan.basis?.problems)),
    })
    .where('id', '=', id)
    .where('status', 'in', UNFINISHED)
    .returningAll()
    .executeTakeFirst();
  if (!job) {
    await knownJob(trx, id);
    return;
  }
  const { repo, stack_key: stackKey, commit } = job;
  await writePlan(trx, { ...shown, status, jobId: id, repo, stackKey, commit, createdAt: at });
  await writeContents(trx, id, contents, at);
  // The return to a saved state says nothing of what the stack is like.
  if (plan.restores === undefined)
    await recordPlan(trx, database === 'postgres', { repo, key: stackKey, jobId: id, commit, plan, at, job });
  if (plan.restores === undefined && resources !== undefined)
    await writeDeclared(trx, { repo, stackKey, resources, at });
  if (events.length > 0) await writeEvents(trx, database, events);
}

/** The job, unless it had ended. */
async function fail(
  trx: Transaction<Tables>,
  id: string,
  outcome: 'errored' | 'unknown',
  error: Failure,
  at: string,
): Promise<Selectable<JobTable> | undefined> {
  const job = await trx
    .updateTable('jobs')
    .set({ status: 'failed', outcome, ended_at: at, ...failureColumns(error) })
    .where('id', '=', id)
    .where('status', 'in', UNFINISHED)
    .returningAll()
    .executeTakeFirst();
  if (!job) await knownJob(trx, id);
  return job;
}

async function failStack(
  trx: Transaction<Tables>,
  lockRows: boolean,
  job: Selectable<JobTable>,
  { outcome, error }: { outcome: 'errored' | 'unknown'; error: Failure },
): Promise<void> {
  const { repo, stack_key: key, id: jobId, commit } = job;
  const at = job.ended_at!;
  await recordFailure(trx, lockRows, { repo, key, jobId, commit, outcome, error, at, job });
}

async function knownJob(db: Kysely<Tables>, id: string): Promise<Selectable<JobTable>> {
  const row = await jobRow(db, id);
  if (!row) throw new PlumblineError('job_not_found', `There is no job ${id}.`, { details: { job: id } });
  return row;
}

function jobRow(db: Kysely<Tables>, id: string): Promise<Selectable<JobTable> | undefined> {
  return db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst();
}

function toJob(row: Selectable<JobTable>): Job {
  return {
    id: row.id,
    taskId: row.task_id,
    repo: row.repo,
    stackKey: row.stack_key,
    path: row.path,
    kind: row.kind,
    workspace: row.workspace,
    ordinal: row.ordinal,
    status: row.status,
    attempts: row.attempts,
    queue: row.queue,
    commit: row.commit,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    outcome: row.outcome,
    drift: row.drift,
    pending: row.pending,
    severity: row.severity,
    digest: row.digest,
    worker: row.worker,
    error: failureOf(row),
  };
}
