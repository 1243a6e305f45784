/** Input of `scheduledTrigger`. */
export interface ScheduledTriggerInput {
  repo: string;
  /** `poll` asks the Git host first whether anything is to be done. Left out: `scan`. */
  kind?: 'scan' | 'sync' | 'reconcile' | 'poll';
}

/**
 * Result of `scheduledTrigger`: `skipped` when a task was running and the repo doesn't want it cancelled. Of a poll: whether the
 * branch has moved, or the host did not answer; `skipped` when all workers were busy.
 */
export interface ScheduledTriggerResult {
  repo: string;
  outcome: 'started' | 'skipped' | 'moved' | 'same' | 'failed';
}

/** Input of `retention`. */
export interface RetentionInput {
  /** How long ended tasks and jobs are kept. */
  keep_days: number;
}

/** Result of `retention`. */
export interface RetentionResult {
  jobs: number;
  tasks: number;
  artifacts: number;
}
