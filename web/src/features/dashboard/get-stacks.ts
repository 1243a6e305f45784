import { queryOptions } from '@tanstack/react-query';
import type { ApiClient } from '../../api/client.ts';
import { apiPaths } from '../../api/paths.ts';
import type { StackJson } from '../../api/types.ts';

const BUSY_MS = 5_000;
const IDLE_MS = 30_000;

/** The last known state of every stack of every repo. */
export function stacksQuery(api: ApiClient, busy: boolean) {
  return queryOptions({
    queryKey: ['stacks'],
    queryFn: ({ signal }) => api.get<{ stacks: StackJson[] }>(apiPaths.stacks(), { signal }),
    select: (answer) => answer.stacks,
    refetchInterval: busy ? BUSY_MS : IDLE_MS,
  });
}
