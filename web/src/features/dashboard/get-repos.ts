import { queryOptions } from '@tanstack/react-query';
import type { ApiClient } from '../../api/client.ts';
import { apiPaths } from '../../api/paths.ts';
import type { RepoJson } from '../../api/types.ts';

const BUSY_MS = 2_000;
const IDLE_MS = 15_000;

/** All repos with their stacks by status. Asked often while a task runs anywhere, else every 15 seconds. */
export function reposQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ['repos'],
    queryFn: ({ signal }) => api.get<{ repos: RepoJson[] }>(apiPaths.repos(), { signal }),
    select: (answer) => answer.repos,
    refetchInterval: ({ state }) =>
      state.data?.repos.some((repo) => repo.active_task !== null) ? BUSY_MS : IDLE_MS,
  });
}
