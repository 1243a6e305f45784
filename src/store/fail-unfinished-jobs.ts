import type { Transaction } from 'kysely';
import type { Failure } from '../domain/task.ts';
import { failureColumns } from './failure-columns.ts';
import { recordFailure } from './stack-results.ts';
import type { Tables } from './tables.ts';

/**
 * Fails what is left of a task's jobs. A stack whose plan had begun is `unknown` now: its result is lost. Of one whose plan
 * had not, what was known stays true.
 */
export async function failUnfinishedJobs(
  trx: Transaction<Tables>,
  lockRows: boolean,
  { taskId, error, at }: { taskId: string; error: Failure; at: string },
): Promise<void> {
  const begun = await trx
    .selectFrom('jobs')
    .selectAll()
    .where('task_id', '=', taskId)
    .where('status', '=', 'running')
    .orderBy('stack_key')
    .execute();
  await trx
    .updateTable('jobs')
    .set({ status: 'failed', outcome: 'unknown', ended_at: at, ...failureColumns(error) })
    .where('task_id', '=', taskId)
    .where('status', 'in', ['pending', 'running'])
    .execute();
  for (const job of begun) {
    const { id: jobId, repo, stack_key: key, commit } = job;
    await recordFailure(trx, lockRows, { repo, key, jobId, commit, outcome: 'unknown', error, at, job });
  }
}
