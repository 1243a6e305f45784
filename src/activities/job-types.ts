import type { Failure } from '../domain/task.ts';

/** One job to start. */
export interface NextJob {
  job_id: string;
  key: string;
  ordinal: number;
  queue: string;
  /** Of the stack, where that is not the task's; left out in histories of earlier releases. */
  commit?: string;
  /** Its driver plans many stacks in one activity; left out of all others. */
  many?: true;
}

/** What became of some jobs. */
export interface SettledJobs {
  completed: number;
  /** Those that have not ended are among them. */
  failed: number;
  /** Of those that are completed: whose plan isn't empty. */
  drifted: number;
  /** Those that have not ended, by ID. */
  left: string[];
}

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

/** Short steps with several jobs at once. */
export interface ManyJobSteps {
  /** Fails those of these jobs that have not ended, each as `failJob` does; without an error it only looks. Safe to run again. */
  settleJobs(input: { job_ids: string[]; error: Failure | null }): Promise<SettledJobs>;
}

/** Long steps with several jobs at once, on a tool queue. */
export interface ManyJobTools {
  /**
   * Plans several stacks side by side, each as `planStack` does, and saves each as soon as it is planned. One that fails is
   * tried once more where that may help, and is failed then: the others go on. Jobs that have ended stay as they are, so that
   * it goes on where an attempt before was lost. Changes nothing else; safe to run again.
   */
  planStacks(input: PlanStacksInput): Promise<PlanStacksResult>;
}
