import { type Kysely, sql } from 'kysely';
import type { TaskCounts } from '../domain/task.ts';
import type { Tables } from './tables.ts';

const NONE: TaskCounts = {
  total: 0,
  queued: 0,
  running: 0,
  completed: 0,
  failed: 0,
  drifted: 0,
  errored: 0,
  liveDrifted: 0,
  pending: 0,
};

/** The counts of tasks, derived from their jobs in one query (so that they always add up). Tasks without jobs have zeros. */
export async function countJobs(
  db: Kysely<Tables>,
  taskIds: readonly string[],
): Promise<Map<string, TaskCounts>> {
  const counts = new Map<string, TaskCounts>(taskIds.map((id) => [id, NONE]));
  if (taskIds.length === 0) return counts;
  const rows = await db
    .selectFrom('jobs')
    .where('task_id', 'in', taskIds)
    .groupBy('task_id')
    .select([
      'task_id',
      countWhere(sql`true`).as('total'),
      countWhere(sql`status = 'pending'`).as('queued'),
      countWhere(sql`status = 'running'`).as('running'),
      countWhere(sql`status = 'completed'`).as('completed'),
      countWhere(sql`status = 'failed'`).as('failed'),
      countWhere(sql`outcome in ('drifted', 'pending', 'drifted_and_pending')`).as('drifted'),
      countWhere(sql`outcome = 'errored'`).as('errored'),
      countWhere(sql`outcome in ('drifted', 'drifted_and_pending')`).as('liveDrifted'),
      countWhere(sql`outcome in ('pending', 'drifted_and_pending')`).as('pending'),
    ])
    .execute();
  for (const { task_id: id, ...found } of rows) counts.set(id, found);
  return counts;
}

function countWhere(condition: ReturnType<typeof sql>) {
  return sql<number>`cast(sum(case when ${condition} then 1 else 0 end) as integer)`;
}
