import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowFailedError } from '@temporalio/client';
import { unlockWorkflowId } from '../domain/ids.ts';
import { PlumblineError } from '../util/errors.ts';
import type { UnlockStackInput, UnlockStackResult } from '../workflows/inputs.ts';
import { workflowRefusal } from './workflow-refusal.ts';

/** A worker may have to fetch the tool and its providers first. */
const LONGEST_MS = 120_000;

/** Runs `unlockStack` to its end. See `TemporalPort.unlock`. */
export async function unlockStack(
  { client, taskQueue }: { client: Client; taskQueue: string },
  input: UnlockStackInput,
): Promise<UnlockStackResult> {
  const { repo, key, release = false } = input;
  try {
    return await client.connection.withDeadline(Date.now() + LONGEST_MS, () =>
      client.workflow.execute<(input: UnlockStackInput) => Promise<UnlockStackResult>>('unlockStack', {
        workflowId: unlockWorkflowId(repo, key),
        taskQueue,
        args: [input],
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        staticSummary: `${release ? 'Release' : 'Look at'} the lock of ${key} of ${repo}`,
      }),
    );
  } catch (error) {
    if (error instanceof WorkflowFailedError)
      throw workflowRefusal(error, 'The lock could not be looked at.');
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const message = `Somebody else looks at the lock of ${key} of ${repo} right now: try again in a moment`;
    throw new PlumblineError('unlock_in_progress', message, { cause: error, retryable: true });
  }
}
