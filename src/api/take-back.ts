import type { FastifyRequest } from 'fastify';
import { type Approval, LIVE_STATUSES, MOST_APPROVALS } from '../domain/approvals/approval.ts';
import { canTakeBack, mayCancel } from '../domain/approvals/take-back.ts';
import type { Task } from '../domain/task.ts';
import { endWithRecord } from '../store/end-approval.ts';
import { auditEntry } from './audit-log.ts';
import type { ApiDeps } from './deps.ts';
import { requirePermission } from './identity/require-permission.ts';

/** @throws RequestError 403 `not_allowed`, unless the person started the task or may cancel those of its repo */
export async function requireCancel(request: FastifyRequest, task: Task): Promise<void> {
  if (mayCancel(request.person, task) === undefined) return;
  await requirePermission(request, 'cancel', { repo: task.repo, environment: null });
}

/** What a task has asked people for and can be taken back. */
export async function openRequests({ store }: Pick<ApiDeps, 'store'>, task: Task): Promise<Approval[]> {
  const open = { repo: task.repo, statuses: LIVE_STATUSES, limit: MOST_APPROVALS };
  const approvals = await store.approvals.list(open);
  return approvals.filter((approval) => approval.taskId === task.id && canTakeBack(approval));
}

/** Takes these back, each with a record of who did, and tells their workflows. Safe to call again. */
export async function takeBack(
  deps: ApiDeps,
  request: FastifyRequest,
  approvals: readonly Approval[],
): Promise<void> {
  const reason = `${request.person.id} has taken back what was asked for.`;
  for (const approval of approvals) {
    await endWithRecord(deps.store, approval, {
      status: 'withdrawn',
      reason,
      at: deps.clock.now().toISOString(),
      entry: (record) => auditEntry(deps, request, record),
    });
    const { id, repo, stackKey, digest } = approval;
    try {
      await deps.temporal.wakeApproval(repo, stackKey, { approval_id: id, digest });
    } catch (error) {
      deps.log.warn({ err: error, repo, stack: stackKey }, 'An approval could not be told that it has ended');
    }
  }
}
