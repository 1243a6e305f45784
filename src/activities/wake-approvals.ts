import { placeOf } from '../domain/order/apply-order.ts';
import { type Approval, isLive, MOST_APPROVALS } from '../domain/approvals/approval.ts';
import { whyOvertaken } from '../domain/approvals/needless.ts';
import { allNeeds } from '../domain/order/stack-needs.ts';
import type { ApplyStackInput, ApplyStackResult } from '../workflows/inputs.ts';
import type { ActivityDeps } from './deps.ts';
import { jobsOfTask } from './task-jobs.ts';
import { goesBackOf, withdrawAndWake } from './withdraw-needless.ts';

/**
 * Tells the approvals whose turn it may be after an apply: that of the stack itself, which has ended, and those approved ones
 * that waited for it. Where the server can't be reached they find out by themselves, later.
 */
export async function wakeApprovals(
  deps: ActivityDeps,
  { repo, key, task_id, commit }: ApplyStackInput,
  { status, attempt_id: attemptId }: ApplyStackResult,
): Promise<void> {
  try {
    const own = await deps.store.approvals.latest(repo, key);
    const why =
      status === 'applied' && own && isLive(own)
        ? await overtaken(deps, own, { task_id, commit })
        : undefined;
    if (own) await withdrawAndWake(deps, own, why);
    const waiting = status === 'applied' ? await approvedBehind(deps, { repo, key, taskId: task_id }) : [];
    const used = own && own.attemptId !== null && own.attemptId === attemptId ? [own] : [];
    for (const approval of [...used, ...waiting]) {
      const { id, stackKey, digest } = approval;
      await deps.temporal.present(repo, stackKey, { approval_id: id, digest });
    }
  } catch (error) {
    deps.log.warn({ err: error, repo, stack: key }, 'Approvals could not be told of an apply');
  }
}

async function overtaken(
  deps: ActivityDeps,
  approval: Approval,
  { task_id, commit }: Pick<ApplyStackInput, 'task_id' | 'commit'>,
): Promise<string | undefined> {
  const task = await deps.store.tasks.get(task_id);
  return task && whyOvertaken(approval, { task, commit, goesBack: await goesBackOf(deps, approval) });
}

/** Approved plans of stacks after this one that are no part of its task. */
async function approvedBehind(
  { store }: ActivityDeps,
  { repo, key, taskId }: { repo: string; key: string; taskId: string },
): Promise<Approval[]> {
  const approved = await store.approvals.list({ repo, statuses: ['approved'], limit: MOST_APPROVALS });
  if (approved.length === 0) return [];
  const graph = new Map((await store.stacks.list(repo)).map((stack) => [stack.key, stack.dependsOn]));
  const inTask = new Set((await jobsOfTask({ store }, taskId)).map(({ stackKey }) => stackKey));
  return approved
    .filter(({ stackKey }) => !inTask.has(stackKey))
    .filter(({ stackKey: other }) => allNeeds(graph, [other]).has(key) || placeOf(other) === placeOf(key));
}
