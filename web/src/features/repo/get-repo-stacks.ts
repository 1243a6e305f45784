import { queryOptions } from '@tanstack/react-query';
import type { ApiClient } from '../../api/client.ts';
import { apiPaths } from '../../api/paths.ts';
import type { StackJson } from '../../api/types.ts';

/** The last known state of a repo's stacks; asked more often while a task runs. */
export function repoStacksQuery(api: ApiClient, repo: string, busy: boolean) {
  return queryOptions({
    queryKey: ['repo', repo, 'stacks'],
    queryFn: ({ signal }) => api.get<{ stacks: StackJson[] }>(apiPaths.repoStacks(repo), { signal }),
    select: (answer) => answer.stacks,
    refetchInterval: busy ? 4_000 : 30_000,
  });
}
