import { queryOptions } from '@tanstack/react-query';
import type { ApiClient } from '../../api/client.ts';
import { apiPaths } from '../../api/paths.ts';
import type { JobJson, JobsPageJson } from '../../api/types.ts';

/** All jobs of a task, page by page; asked again and again while it runs. */
export function taskJobsQuery(api: ApiClient, taskId: string, running: boolean) {
  return queryOptions({
    queryKey: ['task-jobs', taskId],
    queryFn: async ({ signal }) => {
      const jobs: JobJson[] = [];
      for (let after: number | null = -1; after !== null;) {
        const page: JobsPageJson = await api.get(apiPaths.taskJobs(taskId, after), { signal });
        jobs.push(...page.jobs);
        after = page.next;
      }
      return jobs;
    },
    refetchInterval: running ? 5_000 : false,
  });
}
