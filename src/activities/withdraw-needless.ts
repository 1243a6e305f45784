import { wouldChange } from '../domain/approvals/need.ts';
import { type Approval, isLive, LIVE_STATUSES, MOST_APPROVALS } from '../domain/approvals/approval.ts';
import { goesBack, whyGone, whySettled } from '../domain/approvals/needless.ts';
import type { PublishedSettings } from '../domain/settings.ts';
import type { Job, Task } from '../domain/task.ts';
import { endWithRecord } from '../store/end-approval.ts';
import { auditEntry } from './audit-entries.ts';
import type { ActivityDeps } from './deps.ts';
import { latestConfig } from './pinned-config.ts';
import { jobsOfTask } from './task-jobs.ts';
import { wake } from './wake-approval.ts';

/** Ends a live approval that nobody needs any more, for this reason. Safe to run again. */
export async function withdrawApproval(
  deps: ActivityDeps,
  approval: Approval,
  reason: string,
): Promise<Approval> {
  return await endApproval(deps, approval, 'withdrawn', reason);
}

/** Ends a live approval and writes down why, in Plumbline's own name. Safe to run again. */
export async function endApproval(
  deps: ActivityDeps,
  approval: Approval,
  status: 'expired' | 'withdrawn' | 'dismissed',
  reason: string,
): Promise<Approval> {
  return await endWithRecord(deps.store, approval, {
    status,
    reason,
    at: deps.now().toISOString(),
    entry: (record) => auditEntry(deps, record),
  });
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

/** The approvals of a repo that people are still asked about. */
export async function liveApprovals({ store }: ActivityDeps, repo: string): Promise<Approval[]> {
  return await store.approvals.list({ repo, statuses: LIVE_STATUSES, limit: MOST_APPROVALS });
}

/** Ends the approvals that a task found to be needless, of its own stacks, and wakes their workflows, which end with them. */
export async function withdrawNeedless(deps: ActivityDeps, task: Task, signal: AbortSignal): Promise<void> {
  const approvals = await liveApprovals(deps, task.repo);
  if (approvals.length === 0) return;
  const { settings } = await latestConfig(deps.store);
  const jobs = new Map((await jobsOfTask(deps, task.id)).map((job) => [job.stackKey, job]));
  for (const approval of approvals) {
    if (signal.aborted) return;
    const job = jobs.get(approval.stackKey);
    if (!job) continue;
    const why = whyGone(approval, settings, job) ?? (await settledReason(deps, task, job, approval));
    await withdrawAndWake(deps, approval, why);
  }
}

/** Ends a live approval for this reason, if there is one, and wakes its workflow. What fails is left to the next task. */
export async function withdrawAndWake(
  deps: ActivityDeps,
  approval: Approval,
  why: string | undefined,
): Promise<void> {
  if (why === undefined) return;
  const { id, repo, stackKey } = approval;
  try {
    await withdrawApproval(deps, approval, why);
    await wake(deps, approval);
  } catch (error) {
    deps.log.warn({ err: error, repo, stack: stackKey, approval: id }, 'An approval could not be withdrawn');
  }
}

/** Whether what people were asked about goes back: see `goesBack`. */
export async function goesBackOf({ store }: ActivityDeps, { jobId, taskId }: Approval): Promise<boolean> {
  const [plan, task] = await Promise.all([store.plans.get(jobId), store.tasks.get(taskId)]);
  return goesBack({ task, restores: plan?.restores });
}

async function settledReason(
  deps: ActivityDeps,
  task: Task,
  job: Job,
  approval: Approval,
): Promise<string | undefined> {
  // The plan that people have before them is the task's own.
  if (job.status !== 'completed' || job.id === approval.jobId) return undefined;
  const plan = await deps.store.plans.get(job.id);
  if (!plan || plan.restores !== undefined) return undefined;
  const inSync = job.outcome === 'in_sync' || !wouldChange(plan);
  if (!inSync) return undefined;
  return whySettled(approval, {
    task,
    job: { commit: job.commit, inSync },
    goesBack: await goesBackOf(deps, approval),
  });
}
