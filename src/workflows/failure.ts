import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  isCancellation,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { Failure } from '../domain/task.ts';

/** The stable code and the sentence of whatever an activity or a child ended with. */
export function failureOf(error: unknown): Failure {
  if (isCancellation(error)) return { code: 'cancelled', message: 'The task was cancelled.' };
  const cause =
    error instanceof ActivityFailure || error instanceof ChildWorkflowFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    return { code: cause.type ?? 'internal', message: cause.message };
  }
  if (cause instanceof TimeoutFailure) return timeoutFailure(cause);
  if (cause instanceof TerminatedFailure) {
    return { code: 'cancelled', message: 'The plan of this stack was terminated in Temporal.' };
  }
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}

/** Whether an activity failed because nobody took it in time. */
export function waitedInVain(error: unknown): boolean {
  return (
    error instanceof ActivityFailure &&
    error.cause instanceof TimeoutFailure &&
    error.cause.timeoutType === 'SCHEDULE_TO_START'
  );
}

function timeoutFailure(cause: TimeoutFailure): Failure {
  if (cause.timeoutType === 'HEARTBEAT') {
    return {
      code: 'worker_lost',
      message:
        'The worker that planned this stack went silent, twice. Look at the logs and the memory of the workers, then scan again.',
    };
  }
  return {
    code: 'tool_timeout',
    message:
      'Planning took longer than scan.timeout and its grace time allow. Raise scan.timeout, or look for what hangs.',
  };
}
