import { queryOptions } from '@tanstack/react-query';
import type { ApiClient } from '../../api/client.ts';
import { apiPaths } from '../../api/paths.ts';
import type { JobJson } from '../../api/types.ts';

/** All jobs of a task. */
export function taskJobsQuery(api: ApiClient, taskId: string) {
  return queryOptions({
    queryKey: ['task-jobs', taskId],
    queryFn: ({ signal }) => api.get<{ jobs: JobJson[] }>(apiPaths.taskJobs(taskId), { signal }),
    select: (answer) => answer.jobs,
  });
}
