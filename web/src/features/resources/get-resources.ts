import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { ApiClient } from '../../api/client.ts';
import { apiPaths } from '../../api/paths.ts';
import type { ResourcesJson } from '../../api/types.ts';
import { isSettled } from './resource-words.ts';

const SETTLED_MS = 30_000;
const MOVING_MS = 8_000;

/** What a stack has as it was last seen: at once, whatever the cluster does. */
export function knownResourcesQuery(api: ApiClient, repo: string, key: string) {
  return queryOptions({
    queryKey: ['resources', repo, key, 'known'],
    queryFn: ({ signal }) =>
      api.get<ResourcesJson>(apiPaths.resources(repo, key, { look: 'false' }), { signal }),
    staleTime: Infinity,
  });
}

/**
 * What a stack has now; looked at more often while something of it is on its way, and at once when a scan has said something new.
 * What was seen before stays meanwhile.
 */
export function liveResourcesQuery(
  api: ApiClient,
  {
    repo,
    key,
    scannedAt,
    orphans,
  }: { repo: string; key: string; scannedAt: string | null; orphans: boolean },
) {
  return queryOptions({
    queryKey: ['resources', repo, key, orphans ? 'with orphans' : 'live', scannedAt],
    queryFn: ({ signal }) => {
      const query = orphans ? { orphans: 'true' } : {};
      return api.get<ResourcesJson>(apiPaths.resources(repo, key, query), { signal });
    },
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) =>
      state.data?.resources.every(isSettled) === false ? MOVING_MS : SETTLED_MS,
  });
}
