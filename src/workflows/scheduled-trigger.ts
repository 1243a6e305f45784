import {
  ApplicationFailure,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  sleep,
  startChild,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { ScheduledTriggerInput, ScheduledTriggerResult } from './trigger-inputs.ts';
import { light } from './light.ts';
import { scanRepo } from './scan-repo.ts';

/** How often a cancelled scan's end is looked for, and how often at most: 5 minutes in all. */
const RETRY_PAUSE_MS = 2_000;
const MAX_TRIES = 150;

/**
 * Starts a repo's scan under the ID that is the repo's lock, which a Temporal Schedule itself can't do: it appends
 * the time to the ID. The scan outlives this workflow. A repo that is busy is skipped; where the repo's
 * `cancel_inflight_on_new_trigger` says so, its running scan is cancelled and the new one starts when that has ended; what
 * may be changing something is never cancelled.
 * @throws ApplicationFailure `still_running` when a cancelled scan doesn't end
 */
export async function scheduledTrigger(input: ScheduledTriggerInput): Promise<ScheduledTriggerResult> {
  const { repo } = input;
  if (await start(repo)) return { repo, outcome: 'started' };
  const { cancel_inflight, run_id } = await light.triggerPolicy({ repo });
  if (!cancel_inflight) return { repo, outcome: 'skipped' };
  if (run_id !== null) await cancelRunning(repo, run_id);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    await sleep(RETRY_PAUSE_MS);
    if (await start(repo)) return { repo, outcome: 'started' };
  }
  throw ApplicationFailure.nonRetryable(
    `The running scan of ${repo} was cancelled but did not end, so the scheduled one could not start.`,
    'still_running',
  );
}

async function start(repo: string): Promise<boolean> {
  try {
    await startChild(scanRepo, {
      workflowId: `repo/${repo}`,
      args: [{ repo, trigger: 'schedule' }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `Scan ${repo} (schedule)`,
    });
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
