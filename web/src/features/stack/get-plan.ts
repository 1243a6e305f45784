import { queryOptions } from '@tanstack/react-query';
import type { ApiClient } from '../../api/client.ts';
import { apiPaths } from '../../api/paths.ts';
import type { StackPlanJson } from '../../api/types.ts';

/** A stack, its newest plan and its newest jobs. */
export function planQuery(api: ApiClient, repo: string, key: string) {
  return queryOptions({
    queryKey: ['plan', repo, key],
    queryFn: ({ signal }) => api.get<StackPlanJson>(apiPaths.plan(repo, key), { signal }),
    refetchInterval: 20_000,
  });
}
