import { queryOptions } from '@tanstack/react-query';
import type { ApiClient } from '../../api/client.ts';
import { apiPaths } from '../../api/paths.ts';
import type { TaskJson } from '../../api/types.ts';

/** One task. It is followed live on its page, so it is asked for once. */
export function taskQuery(api: ApiClient, id: string) {
  return queryOptions({
    queryKey: ['task', id],
    queryFn: ({ signal }) => api.get<TaskJson>(apiPaths.task(id), { signal }),
  });
}
