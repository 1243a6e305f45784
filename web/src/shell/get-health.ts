import { queryOptions } from '@tanstack/react-query';
import { apiPaths } from '../api/paths.ts';
import type { ApiClient } from '../api/client.ts';
import type { HealthJson } from '../api/types.ts';

/** The server's health, asked every 20 seconds. A degraded server answers 503 with the same body. */
export function healthQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ['health'],
    queryFn: ({ signal }) => api.get<HealthJson>(apiPaths.health(), { signal, accept: [503] }),
    refetchInterval: 20_000,
  });
}
