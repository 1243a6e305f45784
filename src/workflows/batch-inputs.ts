/** Input of the activity `planStacks`: names only. */
export interface PlanStacksInput {
  task_id: string;
  repo: string;
  config_version: number;
  jobs: { job_id: string; key: string; commit: string }[];
}

/** Result of `planStacks`. */
export interface PlanStacksResult {
  completed: number;
  failed: number;
  /** Stacks whose plan isn't empty. */
  drifted: number;
}
