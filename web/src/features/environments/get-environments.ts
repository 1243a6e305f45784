import { queryOptions } from '@tanstack/react-query';
import type { ApiClient } from '../../api/client.ts';
import { apiPaths } from '../../api/paths.ts';
import type { EnvironmentDetailJson, EnvironmentsJson } from '../../api/types.ts';

/** All environments, in their order of syncing. */
export function environmentsQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ['environments'],
    queryFn: ({ signal }) => api.get<EnvironmentsJson>(apiPaths.environments(), { signal }),
    select: (answer) => answer.environments,
    refetchInterval: 15_000,
  });
}

/** One environment with its stacks and holds. */
export function environmentQuery(api: ApiClient, name: string) {
  return queryOptions({
    queryKey: ['environments', name],
    queryFn: ({ signal }) => api.get<EnvironmentDetailJson>(apiPaths.environment(name), { signal }),
    refetchInterval: 10_000,
  });
}
