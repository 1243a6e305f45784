/** Input of `scheduledTrigger`. */
export interface ScheduledTriggerInput {
  repo: string;
}

/** Result of `scheduledTrigger`: `skipped` when a task was running and the repo doesn't want it cancelled. */
export interface ScheduledTriggerResult {
  repo: string;
  outcome: 'started' | 'skipped';
}
