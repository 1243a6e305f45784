import { queryOptions } from '@tanstack/react-query';
import type { ApiClient } from '../../api/client.ts';
import { apiPaths } from '../../api/paths.ts';
import type { RepoDetailJson } from '../../api/types.ts';

/** One repo with its newest tasks. */
export function repoQuery(api: ApiClient, repo: string) {
  return queryOptions({
    queryKey: ['repo', repo],
    queryFn: ({ signal }) => api.get<RepoDetailJson>(apiPaths.repo(repo), { signal }),
    refetchInterval: 10_000,
  });
}
