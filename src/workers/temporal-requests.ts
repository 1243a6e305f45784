import { setTimeout as delay } from 'node:timers/promises';
import { type Client, ScheduleNotFoundError, WorkflowNotFoundError } from '@temporalio/client';
import type { TemporalRequests } from '../activities/index.ts';
import { repoWorkflowId } from '../domain/ids.ts';
import { requestTask, wakeApproval } from '../temporal/requests.ts';

/** A schedule notes what it has started a moment after that began. */
const NOTED_TRIES = 40;
const NOTED_PAUSE_MS = 250;

/** What activities ask of a real Temporal server. */
export function createTemporalRequests(client: Client, taskQueue: string): TemporalRequests {
  const { workflow } = client;
  return {
    request: async (repo, request) => {
      await requestTask({ client, taskQueue }, repo, request);
    },
    present: (repo, key, signal) => wakeApproval({ client, taskQueue }, { repo, key, signal }),
    runOf: async (repo) => {
      try {
        const found = await workflow.getHandle(repoWorkflowId(repo)).describe();
        return found.status.name === 'RUNNING' ? found.runId : null;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return null;
        throw error;
      }
    },
    isOfSchedule: (id, run) => isOfSchedule(client, id, run),
    parentOf: async ({ workflowId, runId }) => {
      try {
        const { raw } = await workflow.getHandle(workflowId, runId).describe();
        const parent = raw.workflowExecutionInfo?.parentExecution;
        if (!parent?.workflowId || !parent.runId) return null;
        const { raw: above } = await workflow.getHandle(parent.workflowId, parent.runId).describe();
        const firstRunId = above.workflowExecutionInfo?.firstRunId || parent.runId;
        return { workflowId: parent.workflowId, firstRunId };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return null;
        throw error;
      }
    },
  };
}

async function isOfSchedule(
  { schedule }: Client,
  id: string,
  { workflowId, runId }: { workflowId: string; runId: string },
): Promise<boolean> {
  // The server appends the time to the ID.
  if (!workflowId.startsWith(`${id}-`)) return false;
  for (let tries = 0; tries < NOTED_TRIES; tries += 1) {
    try {
      const { recentActions } = (await schedule.getHandle(id).describe()).info;
      const started = recentActions.map(({ action }) => action.workflow);
      if (started.some((each) => each.workflowId === workflowId && each.firstExecutionRunId === runId))
        return true;
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return false;
      throw error;
    }
    await delay(NOTED_PAUSE_MS);
  }
  return false;
}
