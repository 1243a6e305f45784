import type { Job } from '../domain/task.ts';
import type { ActivityDeps } from './deps.ts';

/** Jobs read at once. */
const PAGE = 500;

/** All jobs of a task, by ordinal. */
export async function jobsOfTask({ store }: Pick<ActivityDeps, 'store'>, taskId: string): Promise<Job[]> {
  const jobs: Job[] = [];
  for (;;) {
    const page = await store.jobs.listByTask(taskId, {
      afterOrdinal: jobs.at(-1)?.ordinal ?? -1,
      limit: PAGE,
    });
    jobs.push(...page);
    if (page.length < PAGE) return jobs;
  }
}
