import type { Verdict } from '../../domain/eligibility/verdict.ts';
import type { VerdictRepository } from '../control.ts';
import type { Database } from '../database.ts';

/** What becomes of each planned stack, in the database. */
export function createVerdictRepository(database: Database): VerdictRepository {
  return {
    put: (jobId, verdict) =>
      database.write(async (trx) => {
        const row = { kind: verdict.kind, verdict: JSON.stringify(verdict) };
        await trx
          .insertInto('verdicts')
          .values({ job_id: jobId, ...row })
          .onConflict((conflict) => conflict.column('job_id').doUpdateSet(row))
          .execute();
      }),
    note: (jobId, outcome) =>
      database.write(async (trx) => {
        const row = await trx
          .selectFrom('verdicts')
          .select('verdict')
          .where('job_id', '=', jobId)
          .$if(database.kind === 'postgres', (query) => query.forUpdate())
          .executeTakeFirst();
        if (!row) return;
        const verdict = JSON.stringify({ ...(JSON.parse(row.verdict) as Verdict), outcome });
        await trx.updateTable('verdicts').set({ verdict }).where('job_id', '=', jobId).execute();
      }),
    get: (jobId) =>
      database.read(async (db) => {
        const row = await db
          .selectFrom('verdicts')
          .select('verdict')
          .where('job_id', '=', jobId)
          .executeTakeFirst();
        return row && (JSON.parse(row.verdict) as Verdict);
      }),
    listByTask: (taskId) =>
      database.read(async (db) => {
        const rows = await db
          .selectFrom('jobs')
          .innerJoin('verdicts', 'verdicts.job_id', 'jobs.id')
          .where('jobs.task_id', '=', taskId)
          .orderBy('jobs.ordinal')
          .select(['verdicts.job_id', 'verdicts.verdict'])
          .execute();
        return Object.fromEntries(rows.map((row) => [row.job_id, JSON.parse(row.verdict) as Verdict]));
      }),
  };
}
