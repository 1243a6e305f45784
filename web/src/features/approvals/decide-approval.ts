import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useApi } from '../../api/api-context.ts';
import { apiPaths } from '../../api/paths.ts';
import type { ApprovalJson, DecidedJson } from '../../api/types.ts';

/** What a person can say to an approval. */
export type Verb = 'approve' | 'reject' | 'withdraw';

/** Sends a person's word about the very plan that is on screen. Whatever the answer, the lists are asked anew. */
export function useDecide(approval: Pick<ApprovalJson, 'repo' | 'stack' | 'digest'>) {
  const api = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ verb, reason }: { verb: Verb; reason: string }) =>
      api.post<DecidedJson>(apiPaths.decide(approval.repo, approval.stack, verb), {
        digest: approval.digest,
        via: 'ui',
        ...(reason === '' ? {} : { reason }),
      }),
    onSettled: () => {
      for (const queryKey of [['approvals'], ['environments'], ['audit'], ['repo', approval.repo], ['task']])
        void queries.invalidateQueries({ queryKey });
    },
  });
}
