import { queryOptions } from '@tanstack/react-query';
import type { ApiClient } from '../../api/client.ts';
import { apiPaths } from '../../api/paths.ts';
import type { AttemptsJson, BackupsJson } from '../../api/types.ts';

const BUSY_MS = 3_000;
const IDLE_MS = 15_000;

/** What was tried to change of a stack, newest first; asked often while something is under way, or may soon be (`busy`). */
export function attemptsQuery(api: ApiClient, repo: string, stack: string, busy: boolean) {
  return queryOptions({
    queryKey: ['attempts', repo, stack],
    queryFn: ({ signal }) => api.get<AttemptsJson>(apiPaths.attempts({ repo, stack }), { signal }),
    select: (answer) => answer.attempts,
    refetchInterval: ({ state }) =>
      busy || state.data?.attempts.some(({ status }) => status === 'started') ? BUSY_MS : IDLE_MS,
  });
}

/** What a task tried to change. */
export function attemptsOfTaskQuery(api: ApiClient, task: string) {
  return queryOptions({
    queryKey: ['attempts', 'of-task', task],
    queryFn: ({ signal }) => api.get<AttemptsJson>(apiPaths.attempts({ task }), { signal }),
    select: (answer) => answer.attempts,
    refetchInterval: IDLE_MS,
  });
}

/** The states of a stack that were saved before attempts, newest first. */
export function backupsQuery(api: ApiClient, repo: string, stack: string) {
  return queryOptions({
    queryKey: ['attempts', repo, stack, 'backups'],
    queryFn: ({ signal }) => api.get<BackupsJson>(apiPaths.backups(repo, stack), { signal }),
    select: (answer) => answer.backups,
  });
}
