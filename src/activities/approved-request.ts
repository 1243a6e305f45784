import type { Approval } from '../domain/approvals/approval.ts';
import type { RepoRequest } from '../workflows/inputs.ts';
import type { ActivityDeps } from './deps.ts';
import { withBlocked } from './with-blocked.ts';

/**
 * What an approval asks the repo for: its own stack, and those that its task left out because of it. People have agreed on the
 * former only; the latter are asked for by whatever started them.
 */
export async function approvedRequest(
  { store }: Pick<ActivityDeps, 'store'>,
  { stackKey, commit, startedBy: actor, taskId, jobId }: Approval,
): Promise<RepoRequest> {
  const [plan, task] = await Promise.all([store.plans.get(jobId), store.tasks.get(taskId)]);
  const about = { stacks: [stackKey], agreed: [stackKey], commit, trigger: 'approval', actor };
  if (plan?.restores !== undefined) return { ...about, kind: 'rollback', to_backup: plan.restores };
  const first = task && { first_trigger: task.firstTrigger ?? task.trigger };
  return await withBlocked({ store }, { ...about, ...first, kind: 'sync', with_blocked_of: taskId });
}
