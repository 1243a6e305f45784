import { wouldChange } from '../domain/approval-need.ts';
import type { Approval } from '../domain/approval.ts';
import { whyGone, whySettled } from '../domain/needless.ts';
import type { PublishedSettings } from '../domain/settings.ts';
import type { Job, Task } from '../domain/task.ts';
import { auditEntry } from './audit-entries.ts';
import type { ActivityDeps } from './deps.ts';
import { latestConfig } from './pinned-config.ts';
import { jobsOfTask } from './task-jobs.ts';

/** Approvals that are open at once in a repo, at most. */
const MOST_APPROVALS = 5_000;
const LIVE = ['waiting', 'approved', 'rejected'] as const;

/** Whether people are still asked: what has ended stays as it is. */
export function isLive({ status }: Pick<Approval, 'status'>): boolean {
  return (LIVE as readonly string[]).includes(status);
}

/** Ends a live approval that nobody needs any more, for this reason. Safe to run again. */
export async function withdrawApproval(
  deps: ActivityDeps,
  { id, repo, stackKey, environment, taskId, commit, digest }: Approval,
  reason: string,
): Promise<Approval> {
  const about = { repo, stackKey, environment, taskId, commit, digest, reason };
  return await deps.store.approvals.end(id, 'withdrawn', deps.now().toISOString(), () => [
    auditEntry(deps, { ...about, action: 'approval.withdrawn', result: 'ok', details: { approval: id } }),
  ]);
}

/** The approval as it is by now: ended where its repo, stack or environment has gone. */
export async function withdrawnIfGone(
  deps: ActivityDeps,
  settings: PublishedSettings,
  approval: Approval,
): Promise<Approval> {
  if (!isLive(approval)) return approval;
  const why = whyGone(approval, settings, await deps.store.stacks.get(approval.repo, approval.stackKey));
  return why === undefined ? approval : await withdrawApproval(deps, approval, why);
}

/**
 * Ends the approvals of a repo that a task found to be needless, and wakes their workflows, which end with them. Where the server
 * can't be reached those find out by themselves, later.
 */
export async function withdrawNeedless(deps: ActivityDeps, task: Task): Promise<void> {
  const { store } = deps;
  const approvals = await store.approvals.list({ repo: task.repo, statuses: LIVE, limit: MOST_APPROVALS });
  if (approvals.length === 0) return;
  const { settings } = await latestConfig(store);
  const jobs = new Map((await jobsOfTask(deps, task.id)).map((job) => [job.stackKey, job]));
  for (const approval of approvals) {
    const gone = whyGone(approval, settings, await store.stacks.get(task.repo, approval.stackKey));
    const why = gone ?? (await settledReason(deps, task, jobs.get(approval.stackKey), approval));
    if (why === undefined) continue;
    await withdrawApproval(deps, approval, why);
    await wake(deps, approval);
  }
}

/** Tells the workflow of an approval that it has ended. */
export async function wake(deps: ActivityDeps, { id, repo, stackKey, digest }: Approval): Promise<void> {
  try {
    await deps.temporal.present(repo, stackKey, { approval_id: id, digest });
  } catch (error) {
    deps.log.warn({ err: error, repo, stack: stackKey }, 'An approval could not be told that it has ended');
  }
}

async function settledReason(
  { store }: ActivityDeps,
  task: Task,
  job: Job | undefined,
  approval: Approval,
): Promise<string | undefined> {
  // The plan that people have before them is the task's own.
  if (!job || job.status !== 'completed' || job.id === approval.jobId) return undefined;
  const plan = await store.plans.get(job.id);
  if (!plan || plan.restores !== undefined) return undefined;
  const [asked, askedBy] = [await store.plans.get(approval.jobId), await store.tasks.get(approval.taskId)];
  const goesBack = asked?.restores !== undefined || askedBy?.kind === 'rollback';
  return whySettled(approval, {
    task,
    job: { commit: job.commit, inSync: job.outcome === 'in_sync' || !wouldChange(plan) },
    goesBack,
  });
}
