import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { PLAN_FAILURES, type PlanFailureCode } from '../domain/failure.ts';
import type { Failure } from '../domain/task.ts';
import { errorCode, PlumblineError } from '../util/errors.ts';
import type { Redactor } from '../util/redact.ts';

/** Codes of the layers below that a plan's failure calls by another name. */
const RENAMED: Readonly<Record<string, PlanFailureCode>> = {
  exec_timeout: 'tool_timeout',
  exec_cancelled: 'cancelled',
  exec_not_found: 'tool_not_found',
  exec_failed: 'plan_failed',
  store_failed: 'internal',
  store_unreachable: 'internal',
  artifact_store_failed: 'artifact_failed',
  artifact_missing: 'artifact_failed',
  artifact_corrupt: 'artifact_failed',
  artifact_key_unknown: 'artifact_failed',
};

/** The stable code of a plan's failure. */
function failureCode(error: unknown): string {
  const code = errorCode(error) ?? 'internal';
  return RENAMED[code] ?? code;
}

/** An error as a job's failure, redacted, and whether trying again may help. */
export function jobFailure(redactor: Redactor, error: unknown): Failure & { retryable: boolean } {
  const code = failureCode(error);
  const message = redactor.redact(error instanceof Error ? error.message : String(error));
  return { code, message, retryable: isRetryable(code, error) };
}

/** What a failure says of the stack: `errored` where the stack or its set-up caused it, else `unknown`. */
export function failureOutcome(code: string): 'errored' | 'unknown' {
  return isPlanFailure(code) ? PLAN_FAILURES[code].status : 'unknown';
}

function isPlanFailure(code: string): code is PlanFailureCode {
  return Object.hasOwn(PLAN_FAILURES, code);
}

function isRetryable(code: string, error: unknown): boolean {
  if (isPlanFailure(code)) return PLAN_FAILURES[code].retryable;
  return error instanceof PlumblineError && error.retryable;
}

/**
 * Runs an activity's work and turns what it throws into what Temporal understands: the one place where errors become
 * `ApplicationFailure`, their type being the stable code. Messages are redacted, since they stay in workflow histories.
 * A worker that stops is a lost worker, which is always worth another attempt.
 * @param options.retry whether failures that may pass are tried again; a lost worker is in any case
 * @param options.stopped aborted when the task was cancelled in the store
 */
export async function asActivity<T>(
  redactor: Redactor,
  options: { retry: boolean; stopped?: AbortSignal },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { cancellationSignal } = Context.current();
    if (cancellationSignal.aborted) throw cancelled(cancellationSignal.reason);
    if (options.stopped?.aborted === true) {
      throw ApplicationFailure.nonRetryable('The task was cancelled.', 'cancelled');
    }
    const { code, message, retryable } = jobFailure(redactor, error);
    throw ApplicationFailure.create({ type: code, message, nonRetryable: !options.retry || !retryable });
  }
}

function cancelled(reason: unknown): Error {
  if (reason instanceof CancelledFailure && reason.message === 'WORKER_SHUTDOWN') {
    return ApplicationFailure.retryable('The worker was stopped while it planned this stack.', 'worker_lost');
  }
  return reason instanceof CancelledFailure ? reason : new CancelledFailure('CANCELLED');
}
