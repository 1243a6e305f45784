import {
  ApplicationFailure,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  patched,
  proxyActivities,
  sleep,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { ScheduledTriggerInput, ScheduledTriggerResult } from './trigger-inputs.ts';
import type { ToolActivities } from '../activities/types.ts';
import { waitedInVain } from './failure.ts';
import type { RepoTaskInput } from './inputs.ts';
import { light } from './light.ts';
import { startAWorker, toolQueue } from './queues.ts';
import { scanRepo } from './scan-repo.ts';

/** How often a cancelled scan's end is looked for, and how often at most: 5 minutes in all. */
const RETRY_PAUSE_MS = 2_000;
const MAX_TRIES = 150;

/**
 * Starts a repo's task under the ID that is the repo's lock, which a Temporal Schedule itself can't do: it appends
 * the time to the ID. The task outlives this workflow. A repo that is busy is skipped; where the repo's
 * `cancel_inflight_on_new_trigger` says so, its running scan is cancelled and the new task starts when that has ended; what
 * may be changing something is never cancelled. A poll only asks the Git host, and for what follows from its answer.
 * @throws ApplicationFailure `still_running` when a cancelled scan doesn't end, `no_worker` when nobody is there to take a poll
 */
export async function scheduledTrigger(input: ScheduledTriggerInput): Promise<ScheduledTriggerResult> {
  const { repo, kind = 'scan' } = input;
  if (kind === 'poll') return await poll(repo);
  const voucher = await vouch(repo, kind);
  if (await start(repo, kind, voucher)) return { repo, outcome: 'started' };
  const { cancel_inflight, run_id } = await light.triggerPolicy({ repo });
  if (!cancel_inflight) return { repo, outcome: 'skipped' };
  if (run_id !== null) await cancelRunning(repo, run_id);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    await sleep(RETRY_PAUSE_MS);
    if (await start(repo, kind, voucher)) return { repo, outcome: 'started' };
  }
  throw ApplicationFailure.nonRetryable(
    `The running scan of ${repo} was cancelled but did not end, so the scheduled ${kind} could not start.`,
    'still_running',
  );
}

async function poll(repo: string): Promise<ScheduledTriggerResult> {
  const { taskQueue } = workflowInfo();
  const queue = toolQueue(taskQueue);
  const tools = proxyActivities<ToolActivities>({
    taskQueue: queue,
    scheduleToStartTimeout: '1 minute',
    startToCloseTimeout: '2 minutes',
    retry: { maximumAttempts: 1 },
    summary: `Ask for the newest commit of ${repo}`,
  });
  try {
    const { outcome } = await tools.pollRepo({ repo });
    return { repo, outcome };
  } catch (error) {
    if (!waitedInVain(error)) throw error;
    // Busy workers are no reason to fail: the next poll asks the same.
    const { pollers } = await light.lookAtQueue({ queue, job_id: null });
    if (pollers > 0) return { repo, outcome: 'skipped' };
    throw ApplicationFailure.nonRetryable(
      `No worker took it from the task queue "${queue}" within a minute. ${startAWorker(queue, taskQueue)}`,
      'no_worker',
    );
  }
}

type Voucher = Pick<RepoTaskInput, 'voucher'>;

/** Whoever starts this workflow by hand is not its schedule, and nobody knows them. */
async function vouch(repo: string, kind: 'scan' | 'sync' | 'reconcile'): Promise<Voucher> {
  if (kind === 'scan' || !patched('vouched-schedules')) return {};
  const { workflowId, firstExecutionRunId } = workflowInfo();
  return await light.vouchForSchedule({ repo, kind, workflow_id: workflowId, run_id: firstExecutionRunId });
}

async function start(repo: string, kind: 'scan' | 'sync' | 'reconcile', voucher: Voucher): Promise<boolean> {
  const options = {
    workflowId: `repo/${repo}`,
    parentClosePolicy: ParentClosePolicy.ABANDON,
    staticSummary: `${kind === 'scan' ? 'Scan' : kind === 'sync' ? 'Sync' : 'Reconcile'} ${repo} (schedule)`,
  };
  try {
    if (kind === 'scan') await startChild(scanRepo, { ...options, args: [{ repo, trigger: 'schedule' }] });
    else {
      const args: [RepoTaskInput] = [{ repo, trigger: 'schedule', actor: 'plumbline', ...voucher }];
      await startChild(`${kind}Repo`, { ...options, args });
    }
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw error;
  }
}

/** Asks the running scan to stop, and not what followed it; one that has ended meanwhile is fine. */
async function cancelRunning(repo: string, runId: string | undefined): Promise<void> {
  try {
    await getExternalWorkflowHandle(`repo/${repo}`, runId).cancel();
  } catch {
    // Nothing is running any more: the next start will tell.
  }
}
