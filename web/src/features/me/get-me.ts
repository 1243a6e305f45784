import { queryOptions } from '@tanstack/react-query';
import type { ApiClient } from '../../api/client.ts';
import { apiPaths } from '../../api/paths.ts';
import type { MeJson } from '../../api/types.ts';

/** Who the server takes this browser for. */
export function meQuery(api: ApiClient) {
  return queryOptions({
    queryKey: ['me'],
    queryFn: ({ signal }) => api.get<MeJson>(apiPaths.me(), { signal }),
    staleTime: 60_000,
  });
}
