import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useApi } from '../../api/api-context.ts';
import { apiPaths } from '../../api/paths.ts';

/** What is paused or resumed: an environment, a repo, or one stack. */
export interface HoldScope {
  kind: 'pause' | 'pin';
  scope: 'repo' | 'environment' | 'stack';
  repo: string | null;
  name: string;
}

/** Pauses something with a reason, or (`resume`) releases what holds it. */
export function useChangeHold() {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ verb, scope, reason }: { verb: 'pause' | 'resume'; scope: HoldScope; reason: string }) => {
      const body = {
        kind: scope.kind,
        scope: scope.scope,
        ...(scope.repo === null ? {} : { repo: scope.repo }),
        ...(scope.name === '' ? {} : { name: scope.name }),
        ...(reason === '' ? {} : { reason }),
      };
      return verb === 'pause'
        ? api.post<unknown>(apiPaths.holds(), body)
        : api.delete<unknown>(apiPaths.holds(), body);
    },
    onSettled: () => {
      for (const queryKey of [['environments'], ['audit']]) void queries.invalidateQueries({ queryKey });
    },
  });
}
