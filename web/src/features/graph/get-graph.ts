import { queryOptions } from '@tanstack/react-query';
import type { ApiClient } from '../../api/client.ts';
import { apiPaths } from '../../api/paths.ts';
import type { GraphJson } from '../../api/types.ts';

/** Which stacks of a repo need which; asked more often while something works on it. */
export function getGraphQuery(api: ApiClient, repo: string, busy: boolean) {
  return queryOptions({
    queryKey: ['graph', repo],
    queryFn: ({ signal }) => api.get<GraphJson>(apiPaths.graph(repo), { signal }),
    refetchInterval: busy ? 3_000 : 20_000,
  });
}
