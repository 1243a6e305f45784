import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { TemporalRequests } from '../activities/index.ts';
import { approvalWorkflowId, repoWorkflowId } from '../domain/ids.ts';

/** What activities ask of a real Temporal server. */
export function createTemporalRequests(client: Client, taskQueue: string): TemporalRequests {
  const { workflow } = client;
  return {
    request: async (repo, request) => {
      await workflow.signalWithStart(`${request.kind}Repo`, {
        workflowId: repoWorkflowId(repo),
        taskQueue,
        args: [{ repo, from_queue: true }],
        signal: 'request',
        signalArgs: [request],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        staticSummary: `${request.kind} of ${repo} (${request.trigger ?? 'manual'})`,
      });
    },
    present: async (repo, key, signal) => {
      await workflow.signalWithStart('approval', {
        workflowId: approvalWorkflowId(repo, key),
        taskQueue,
        args: [{ repo, key }],
        signal: 'present',
        signalArgs: [signal],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        staticSummary: `Approval of ${key} of ${repo}`,
      });
    },
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
