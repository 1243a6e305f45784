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

/** Input of `planStack`. */
export interface PlanStackInput {
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
