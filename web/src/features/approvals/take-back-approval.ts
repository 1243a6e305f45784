import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useApi } from '../../api/api-context.ts';
import { apiPaths } from '../../api/paths.ts';
import type { ApprovalJson } from '../../api/types.ts';

/** Cancels the task that asks people. Whatever the answer, the lists are asked anew. */
export function useTakeBack(approval: Pick<ApprovalJson, 'repo' | 'task_id'>) {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => api.post<unknown>(apiPaths.cancelTask(approval.task_id)),
    onSettled: () => {
      for (const queryKey of [['approvals'], ['environments'], ['audit'], ['repo', approval.repo], ['task']])
        void queries.invalidateQueries({ queryKey });
    },
  });
}
