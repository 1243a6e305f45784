import { type Client, WithStartWorkflowOperation, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { DecisionKind } from '../domain/approvals/decision-text.ts';
import { approvalWorkflowId, repoWorkflowId } from '../domain/ids.ts';
import { PlumblineError } from '../util/errors.ts';
import type {
  ApprovalInput,
  ApprovalStateJson,
  DecisionMessage,
  PresentSignal,
  RepoRequest,
  RepoTaskInput,
} from '../workflows/inputs.ts';

/** A started run of a workflow. */
export interface StartedRun {
  workflowId: string;
  /** The first run: it stays the same when the workflow continues as new. */
  runId: string;
}

/** Where workflows are signalled and started. */
interface Target {
  client: Client;
  /** The queue of workflows. */
  taskQueue: string;
}

const UPDATES = { approve: 'decideApprove', reject: 'decideReject', withdraw: 'decideWithdraw' } as const;

/** Signals the repo's workflow with a request, and starts it first where the repo is idle. Safe to run again. */
export async function requestTask(
  { client, taskQueue }: Target,
  repo: string,
  request: RepoRequest,
): Promise<StartedRun> {
  const workflowId = repoWorkflowId(repo);
  const input: RepoTaskInput = { repo, from_queue: true };
  const handle = await client.workflow.signalWithStart(`${request.kind}Repo`, {
    workflowId,
    taskQueue,
    args: [input],
    signal: 'request',
    signalArgs: [request],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: `${request.kind} of ${repo} (${request.trigger ?? 'manual'})`,
  });
  return { workflowId, runId: handle.signaledRunId };
}

/** Signals a stack's approval, and starts its workflow first where it has ended. Safe to run again. */
export async function wakeApproval(
  { client, taskQueue }: Target,
  { repo, key, signal }: { repo: string; key: string; signal: PresentSignal },
): Promise<void> {
  const input: ApprovalInput = { repo, key };
  await client.workflow.signalWithStart('approval', {
    workflowId: approvalWorkflowId(repo, key),
    taskQueue,
    args: [input],
    signal: 'present',
    signalArgs: [signal],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: `Approval of ${key} of ${repo}`,
  });
}

/** Updates the stack's approval with a person's word, and starts its workflow first where it has ended. */
export async function decide(
  { client, taskQueue }: Target,
  decision: { repo: string; key: string; verb: DecisionKind; message: DecisionMessage },
): Promise<ApprovalStateJson> {
  const { repo, key, verb, message } = decision;
  const input: ApprovalInput = { repo, key };
  const startWorkflowOperation = new WithStartWorkflowOperation('approval', {
    workflowId: approvalWorkflowId(repo, key),
    taskQueue,
    args: [input],
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `Approval of ${key} of ${repo}`,
  });
  // Nobody may ask for the handle: the refusal itself comes from the update.
  startWorkflowOperation.workflowHandle().catch(() => undefined);
  try {
    return await client.workflow.executeUpdateWithStart<
      (input: ApprovalInput) => Promise<void>,
      ApprovalStateJson,
      [DecisionMessage]
    >(UPDATES[verb], { args: [message], startWorkflowOperation });
  } catch (error) {
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    throw refused(error, { repo, key });
  }
}

function refused(error: WorkflowUpdateFailedError, where: { repo: string; key: string }): PlumblineError {
  const { cause } = error;
  const code = cause instanceof ApplicationFailure ? (cause.type ?? 'refused') : 'refused';
  const message = cause?.message ?? 'The decision was refused.';
  return new PlumblineError('decision_refused', message, { cause: error, details: { ...where, code } });
}
