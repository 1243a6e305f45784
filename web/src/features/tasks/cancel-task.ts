import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useApi } from '../../api/api-context.ts';
import { apiPaths } from '../../api/paths.ts';
import type { TaskJson } from '../../api/types.ts';

/** Asks a task to stop. Its stacks that were planned already keep their results. */
export function useCancelTask(task: TaskJson) {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => api.post<unknown>(apiPaths.cancelTask(task.id)),
    onSettled: () => queries.invalidateQueries({ queryKey: ['repo', task.repo_name] }),
  });
}
