import { queryOptions } from '@tanstack/react-query';
import type { ApiClient } from '../../api/client.ts';
import { apiPaths } from '../../api/paths.ts';
import type { RemediationJson, VerdictsJson } from '../../api/types.ts';

/** The ordered steps that would remove what a task found. */
export function remediationQuery(api: ApiClient, taskId: string) {
  return queryOptions({
    queryKey: ['task-remediation', taskId],
    queryFn: ({ signal }) => api.get<RemediationJson>(apiPaths.taskRemediation(taskId), { signal }),
    select: (answer) => answer.steps,
    staleTime: 10_000,
  });
}

/** What became of each stack that a task planned, and why. */
export function verdictsQuery(api: ApiClient, taskId: string) {
  return queryOptions({
    queryKey: ['task-verdicts', taskId],
    queryFn: ({ signal }) => api.get<VerdictsJson>(apiPaths.taskVerdicts(taskId), { signal }),
    select: (answer) => answer.verdicts,
    refetchInterval: 10_000,
  });
}
