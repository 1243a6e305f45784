import { canTakeBack } from '../domain/approvals/take-back.ts';
import type { Task } from '../domain/task.ts';
import type { ActivityDeps } from './deps.ts';
import { liveApprovals, withdrawAndWake } from './withdraw-needless.ts';

/** Cancels of one repo that are looked through for that of a task which ends just now. */
const CANCELS_LOOKED_AT = 100;

/**
 * Takes back what a cancelled task has asked people for, also between the cancel and its end. Who has cancelled stands in the audit log;
 * nobody, where it was stopped in Temporal.
 */
export async function withdrawCancelled(deps: ActivityDeps, task: Task, signal: AbortSignal): Promise<void> {
  const asked = (await liveApprovals(deps, task.repo)).filter(
    (approval) => approval.taskId === task.id && canTakeBack(approval),
  );
  if (asked.length === 0) return;
  const who = await whoCancelled(deps, task);
  const reason =
    who === undefined
      ? 'The task that asked for it was cancelled.'
      : `${who} has taken back what was asked for.`;
  for (const approval of asked) {
    if (signal.aborted) return;
    await withdrawAndWake(deps, approval, reason);
  }
}

async function whoCancelled({ store }: ActivityDeps, { id, repo }: Task): Promise<string | undefined> {
  const cancels = await store.audit.newest({ repo, action: 'task.cancelled', limit: CANCELS_LOOKED_AT });
  return cancels.find(({ taskId }) => taskId === id)?.actor;
}
