import { type Client, WorkflowFailedError } from '@temporalio/client';
import { inspectWorkflowId } from '../domain/ids.ts';
import { PlumblineError } from '../util/errors.ts';
import type { InspectStackInput, InspectStackResult } from '../workflows/inspect-inputs.ts';
import { workflowRefusal } from './workflow-refusal.ts';

/** Whoever looks at a page waits no longer; the look itself goes on, and is kept for the next one who asks. */
const LONGEST_MS = 20_000;

/** Runs `inspectStack`, or joins the one that runs, to its end. See `TemporalPort.inspect`. */
export async function inspectStack(
  { client, taskQueue }: { client: Client; taskQueue: string },
  input: InspectStackInput,
): Promise<InspectStackResult> {
  const { repo, key } = input;
  const patience = AbortSignal.timeout(LONGEST_MS);
  try {
    return await client.connection.withAbortSignal(patience, () =>
      client.workflow.execute<(input: InspectStackInput) => Promise<InspectStackResult>>('inspectStack', {
        workflowId: inspectWorkflowId(repo, key),
        taskQueue,
        args: [input],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        staticSummary: `Look at what ${key} of ${repo} has`,
      }),
    );
  } catch (error) {
    if (error instanceof WorkflowFailedError) throw workflowRefusal(error, 'It could not be looked at.');
    if (!patience.aborted) throw error;
    const message = `What ${key} of ${repo} has was not found out within ${LONGEST_MS / 1000} s; the look goes on: ask again in a moment`;
    throw new PlumblineError('inspect_slow', message, { cause: error, retryable: true });
  }
}
