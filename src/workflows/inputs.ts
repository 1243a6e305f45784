/**
 * What starts and answers workflows. Names and counts only: values live in the store.
 * Keys are snake_case because people type them into `temporal workflow start --input`.
 */

/** Input of `scanRepo`. Only `repo` is needed: the rest has defaults. */
export interface ScanRepoInput {
  repo: string;
  /** Only this stack, by key. */
  stack?: string;
  /** Only this commit (full or abbreviated SHA); by default the newest of the branch. */
  commit?: string;
  trigger?: string;
  actor?: string;
  /** Set by the API so that it can find the task; by default made from the start time. */
  task_id?: string;
  /** Set when the workflow continues as new. */
  resume?: ScanRepoResume;
}

/** Where a continued run goes on. JSON only. */
export interface ScanRepoResume {
  task_id: string;
  commit: string;
  config_version: number;
  started_at: string;
  /** The last ordinal whose job was started. */
  cursor: number;
}

/** Result of `scanRepo`. */
export interface ScanRepoResult {
  task_id: string;
  status: 'completed' | 'failed';
  total: number;
  completed: number;
  failed: number;
  drifted: number;
}

/** Answer of the query `progress`. */
export interface ScanProgress {
  task_id: string | null;
  phase: 'starting' | 'discovering' | 'planning' | 'finishing' | 'done';
  total: number;
  started: number;
  finished: number;
  failed: number;
  drifted: number;
}

/** What a task's pinned config and its worker say about how the workflows run. Milliseconds and counts. */
export interface TaskPolicy {
  /** How many children are started ahead; `worker.concurrency` limits how many of them plan at once. */
  window: number;
  /** A tool activity that says nothing for this long counts as lost. */
  lock_ttl_ms: number;
  /** Longest time that one plan may take, clean-up included. */
  plan_limit_ms: number;
  /** How long a job waits for a worker before somebody looks whether there is one. */
  no_worker_after_ms: number;
  /** Whether the server knows Plumbline's search attributes. */
  search_attributes: boolean;
}

/** Input of `planStack`. */
export interface PlanStackInput {
  policy: TaskPolicy;
  task_id: string;
  job_id: string;
  repo: string;
  key: string;
  commit: string;
  config_version: number;
  queue: string;
}

/** Result of `planStack`: never throws for a stack that failed. */
export interface PlanStackResult {
  status: 'completed' | 'failed';
  outcome: string;
  drifted: boolean;
  error_code: string | null;
}

/** Input of `scheduledTrigger`. */
export interface ScheduledTriggerInput {
  repo: string;
}

/** Result of `scheduledTrigger`: `skipped` when a task was running and the repo doesn't want it cancelled. */
export interface ScheduledTriggerResult {
  repo: string;
  outcome: 'started' | 'skipped';
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
