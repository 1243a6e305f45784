import type { WorkflowFailedError } from '@temporalio/client';
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import { PlumblineError } from '../util/errors.ts';

/** What a workflow that failed says, with its own code. */
export function workflowRefusal(error: WorkflowFailedError, otherwise: string): PlumblineError {
  const cause = error.cause instanceof ActivityFailure ? error.cause.cause : error.cause;
  const code = cause instanceof ApplicationFailure ? (cause.type ?? 'internal') : 'internal';
  return new PlumblineError(code, cause?.message ?? otherwise, { cause: error });
}
