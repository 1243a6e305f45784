import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useApi } from '../../api/api-context.ts';
import { apiPaths } from '../../api/paths.ts';
import type { EnvironmentSyncJson, SyncAcceptedJson, SyncRequestJson } from '../../api/types.ts';

/** What is brought to its commit: a repo, some of its stacks, or an environment across repos. */
export type SyncTarget = { repo: string; stacks?: readonly string[] } | { environment: string };

/** A task that a sync started or queued. */
export interface StartedSync {
  repo: string;
  taskId: string;
  queued: boolean;
}

/** Starts a sync. On a busy repo it is queued, never lost. */
export function useStartSync(target: SyncTarget) {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (said: { dryRun: boolean; reason: string }): Promise<StartedSync[]> => {
      const body = syncRequest(target, said);
      if ('environment' in target) {
        const answer = await api.post<EnvironmentSyncJson>(
          apiPaths.syncEnvironment(target.environment),
          body,
        );
        return answer.tasks.map(({ repo, task_id: taskId, queued }) => ({ repo, taskId, queued }));
      }
      const answer = await api.post<SyncAcceptedJson>(apiPaths.syncRepo(target.repo), body);
      return [{ repo: target.repo, taskId: answer.task.id, queued: answer.queued }];
    },
    onSettled: () => {
      for (const key of ['repo', 'repos', 'environments', 'approvals', 'audit', 'attempts']) {
        void queries.invalidateQueries({ queryKey: [key] });
      }
    },
  });
}

/** The request's body: only what was said. */
export function syncRequest(
  target: SyncTarget,
  { dryRun, reason }: { dryRun: boolean; reason: string },
): NonNullable<SyncRequestJson> {
  return {
    trigger: 'ui',
    ...('stacks' in target && target.stacks !== undefined ? { stacks: [...target.stacks] } : {}),
    ...(dryRun ? { dry_run: true } : {}),
    ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
  };
}
