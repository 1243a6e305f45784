import type { RepoRequest } from '../workflows/inputs.ts';
import type { ActivityDeps } from './deps.ts';
import { jobsOfTask } from './task-jobs.ts';

/**
 * The request with the stacks that its task (`with_blocked_of`) left out because of those that it names: what was only blocked by
 * them is resumed with them, in the order of dependencies. The same again once that is done.
 */
export async function withBlocked(
  { store }: Pick<ActivityDeps, 'store'>,
  request: RepoRequest,
): Promise<RepoRequest> {
  const { with_blocked_of: taskId, ...rest } = request;
  if (taskId === undefined || rest.stacks === undefined) return rest;
  const asked = new Set(rest.stacks);
  const verdicts = await store.verdicts.listByTask(taskId);
  const blocked = (await jobsOfTask({ store }, taskId))
    .filter(({ id }) => verdicts[id]?.kind === 'blocked')
    .filter(({ id }) => verdicts[id]!.blockedBy.some((key) => asked.has(key)))
    .map(({ stackKey }) => stackKey);
  return { ...rest, stacks: [...new Set([...asked, ...blocked])] };
}
