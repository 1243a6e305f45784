/**
 * Why planning a stack can fail, and whether trying again may help.
 * The stack's status is `errored` for those the stack or its set-up caused, `unknown` for those that
 * only mean that nothing could be found out.
 */
export const PLAN_FAILURES = {
  config_invalid: { retryable: false, status: 'errored' },
  init_failed: { retryable: true, status: 'errored' },
  provider_failed: { retryable: true, status: 'errored' },
  auth_failed: { retryable: false, status: 'errored' },
  plan_failed: { retryable: true, status: 'errored' },
  tool_timeout: { retryable: false, status: 'errored' },
  tool_not_found: { retryable: false, status: 'errored' },
  stack_not_found: { retryable: false, status: 'errored' },
  secret_missing: { retryable: false, status: 'errored' },
  secret_undecryptable: { retryable: false, status: 'errored' },
  inventory_broken: { retryable: false, status: 'errored' },
  cluster_unreachable: { retryable: true, status: 'unknown' },
  artifact_failed: { retryable: true, status: 'unknown' },
  git_failed: { retryable: true, status: 'unknown' },
  commit_not_found: { retryable: false, status: 'unknown' },
  no_worker: { retryable: false, status: 'unknown' },
  worker_lost: { retryable: true, status: 'unknown' },
  cancelled: { retryable: false, status: 'unknown' },
  task_too_old: { retryable: false, status: 'unknown' },
  temporal_lost: { retryable: false, status: 'unknown' },
  internal: { retryable: true, status: 'unknown' },
} as const satisfies Record<string, { retryable: boolean; status: 'errored' | 'unknown' }>;

/** A stable code of a failed plan. */
export type PlanFailureCode = keyof typeof PLAN_FAILURES;
