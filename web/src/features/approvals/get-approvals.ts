import { queryOptions } from '@tanstack/react-query';
import { isUnauthorized } from '../../api/api-error.ts';
import type { ApiClient } from '../../api/client.ts';
import { apiPaths } from '../../api/paths.ts';
import type { ApprovalsJson } from '../../api/types.ts';

const ASKED_EVERY_MS = 8_000;
const MOST = 500;

/** Approvals, newest first; `repo` and `status` narrow them on the server. Every decision asks for them anew. */
export function approvalsQuery(api: ApiClient, narrow: { repo?: string; status?: string } = {}) {
  return queryOptions({
    queryKey: ['approvals', narrow.repo ?? '', narrow.status ?? ''],
    queryFn: ({ signal }) =>
      api.get<ApprovalsJson>(apiPaths.approvals({ ...narrow, limit: MOST }), { signal }),
    select: (answer) => answer.approvals,
    // A question that was refused is not asked again until somebody signs in.
    refetchInterval: ({ state }) => (isUnauthorized(state.error) ? false : ASKED_EVERY_MS),
  });
}
