import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { ApiError, isUnauthorized, messageOf } from '../../api/api-error.ts';
import { useApi } from '../../api/api-context.ts';
import { apiPaths } from '../../api/paths.ts';
import type { RepoDetailJson, ScanAcceptedJson, TaskJson } from '../../api/types.ts';

/**
 * Starts a scan of a repo, or of one stack. On a repo that is busy the running task is followed instead.
 * Either way the task is put where the pages look for it.
 */
export function useStartScan(repo: string, stack: string | null) {
  const api = useApi();
  const queries = useQueryClient();
  const path = stack === null ? apiPaths.scanRepo(repo) : apiPaths.scanStack(repo, stack);
  return useMutation({
    mutationFn: () => api.post<ScanAcceptedJson>(path, { trigger: 'ui' }),
    onSuccess: (answer) => showActiveTask(queries, repo, answer.task),
    onError: (error) => {
      const active = activeTaskOf(error);
      if (active !== null) showActiveTask(queries, repo, active);
      if (!isUnauthorized(error)) notifications.show(failureNotice(error, active));
    },
  });
}

function failureNotice(error: unknown, active: TaskJson | null) {
  const closeButtonProps = { 'aria-label': 'Close' };
  return active === null
    ? { color: 'red', title: 'The scan did not start', message: messageOf(error), closeButtonProps }
    : { title: 'A scan is already running', message: 'You are following it now.', closeButtonProps };
}

function activeTaskOf(error: unknown): TaskJson | null {
  if (!(error instanceof ApiError) || error.status !== 409) return null;
  return (error.body as { active_task?: TaskJson } | null)?.active_task ?? null;
}

function showActiveTask(queries: QueryClient, repo: string, task: TaskJson): void {
  queries.setQueryData<RepoDetailJson>(['repo', repo], (now) => now && { ...now, active_task: task });
  void queries.invalidateQueries({ queryKey: ['repo', repo] });
  void queries.invalidateQueries({ queryKey: ['repos'] });
}
