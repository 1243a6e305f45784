import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { TemporalRequests } from '../activities/index.ts';
import { repoWorkflowId } from '../domain/ids.ts';
import { requestTask, wakeApproval } from '../temporal/requests.ts';

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
