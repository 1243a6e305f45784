import type { Approval } from '../domain/approvals/approval.ts';
import { hasUnknownStarter } from '../domain/approvals/stakes.ts';
import { NEWER_UNPLANNED } from '../domain/eligibility/eligibility.ts';
import type { Task } from '../domain/task.ts';
import type { ActivityDeps } from './deps.ts';
import { jobsOfTask } from './task-jobs.ts';
import { vouchedRequest } from './vouched-request.ts';
import { wake } from './wake-approval.ts';
import { endApproval } from './withdraw-needless.ts';

/**
 * Ends the approvals that newer commits have overtaken, by the verdicts of a task that ends, and asks for the plans of those commits:
 * as after a push, for nobody has asked for what they bring. Safe to run again.
 */
export async function dismissOvertaken(deps: ActivityDeps, task: Task, signal: AbortSignal): Promise<void> {
  const verdicts = Object.entries(await deps.store.verdicts.listByTask(task.id));
  const reasons = new Map(
    verdicts.map(([jobId, { reasons: all }]) => [
      jobId,
      all.find(({ code }) => code === NEWER_UNPLANNED)?.message,
    ]),
  );
  if ([...reasons.values()].every((reason) => reason === undefined)) return;
  for (const { id, stackKey, commit } of await jobsOfTask(deps, task.id)) {
    const reason = reasons.get(id);
    if (reason === undefined || signal.aborted) continue;
    const approval = await deps.store.approvals.latest(task.repo, stackKey);
    if (approval?.status === 'approved' && approval.commit === commit)
      await dismiss(deps, approval, task, reason);
  }
}

async function dismiss(deps: ActivityDeps, approval: Approval, task: Task, reason: string): Promise<void> {
  const { repo, stackKey, startedBy: actor } = approval;
  const wanted = { stacks: [stackKey], with_blocked_of: task.id, trigger: 'push', actor, reason };
  const request = { kind: 'sync', ...wanted } as const;
  // Who is not known has not become Plumbline by that.
  await deps.temporal.request(
    repo,
    hasUnknownStarter(approval) ? request : vouchedRequest(deps, repo, request),
  );
  await endApproval(deps, approval, 'dismissed', reason);
  await wake(deps, approval);
}
