import type { Kysely, Selectable, Transaction } from 'kysely';
import type { PlanBasis } from '../domain/plan.ts';
import type { Database } from './database.ts';
import { storable } from './failure-columns.ts';
import type { PlanRecord, PlanRepository } from './store.ts';
import type { PlanTable, Tables } from './tables.ts';
import { utc } from './times.ts';

/** Plans in the database, masked as they are shown. */
export function createPlanRepository(database: Database): PlanRepository {
  const one = async (query: (db: Kysely<Tables>) => Promise<Selectable<PlanTable> | undefined>) => {
    const row = await database.read(query);
    return row && toRecord(row);
  };
  return {
    get: (jobId) =>
      one((db) => db.selectFrom('plans').selectAll().where('job_id', '=', jobId).executeTakeFirst()),
    latest: (repo, stackKey) =>
      one((db) =>
        db
          .selectFrom('plans')
          .selectAll()
          .where('repo', '=', repo)
          .where('stack_key', '=', stackKey)
          // The return to a saved state says nothing of what the stack is like.
          .where('restores', 'is', null)
          .orderBy('created_at', 'desc')
          .orderBy('job_id', 'desc')
          .limit(1)
          .executeTakeFirst(),
      ),
    listByTask: async (taskId) => {
      const rows = await database.read((db) =>
        db
          .selectFrom('jobs')
          .innerJoin('plans', 'plans.job_id', 'jobs.id')
          .where('jobs.task_id', '=', taskId)
          .orderBy('jobs.ordinal')
          .selectAll('plans')
          .execute(),
      );
      return rows.map(toRecord);
    },
  };
}

/** Writes a job's plan; one that is there already is replaced. */
export async function writePlan(trx: Transaction<Tables>, record: PlanRecord): Promise<void> {
  const { job_id: jobId, ...rest } = toRow(record);
  await trx
    .insertInto('plans')
    .values({ job_id: jobId, ...rest })
    .onConflict((conflict) => conflict.column('job_id').doUpdateSet(rest))
    .execute();
}

function toRow(record: PlanRecord): PlanTable {
  return {
    job_id: record.jobId,
    repo: record.repo,
    stack_key: record.stackKey,
    commit: record.commit,
    status: record.status,
    changes: JSON.stringify(record.changes),
    ignored: JSON.stringify(record.ignored),
    outputs: JSON.stringify(record.outputs),
    severity: record.severity,
    digest: storable(record.digest),
    tool: JSON.stringify(record.tool),
    durations_ms: JSON.stringify(record.durationsMs),
    warnings: JSON.stringify(record.warnings),
    state_lock: record.stateLock ? JSON.stringify(record.stateLock) : null,
    artifacts: JSON.stringify(record.artifacts),
    restores: record.restores ?? null,
    created_at: utc(record.createdAt),
    basis: record.basis ? JSON.stringify(record.basis) : null,
  };
}

function toRecord(row: Selectable<PlanTable>): PlanRecord {
  return {
    jobId: row.job_id,
    repo: row.repo,
    stackKey: row.stack_key,
    commit: row.commit,
    status: row.status,
    changes: JSON.parse(row.changes) as PlanRecord['changes'],
    ignored: JSON.parse(row.ignored) as PlanRecord['ignored'],
    outputs: JSON.parse(row.outputs) as PlanRecord['outputs'],
    severity: row.severity,
    digest: row.digest,
    tool: JSON.parse(row.tool) as PlanRecord['tool'],
    durationsMs: JSON.parse(row.durations_ms) as PlanRecord['durationsMs'],
    warnings: JSON.parse(row.warnings) as PlanRecord['warnings'],
    stateLock: row.state_lock === null ? null : (JSON.parse(row.state_lock) as PlanRecord['stateLock']),
    artifacts: JSON.parse(row.artifacts) as PlanRecord['artifacts'],
    ...(row.restores === null ? {} : { restores: row.restores }),
    createdAt: row.created_at,
    ...(row.basis === null ? {} : { basis: JSON.parse(row.basis) as PlanBasis }),
  };
}
