import type { Failure, TaskCounts } from '../domain/task.ts';
import type {
  PlanStackInput,
  PlanStackResult,
  RetentionInput,
  RetentionResult,
  TaskPolicy,
} from '../workflows/inputs.ts';

/** What `beginTask` is told. */
export interface BeginTaskInput {
  task_id: string;
  repo: string;
  stack: string | null;
  trigger: string;
  actor: string;
  workflow_id: string;
  /** The first run: it stays the same when the workflow continues as new. */
  run_id: string;
  /** ISO 8601. */
  started_at: string;
}

/** What a task goes by. */
export interface BegunTask {
  config_version: number;
  /** ISO 8601. */
  started_at: string;
  task_max_age_ms: number;
  policy: TaskPolicy;
  /** As far as an earlier run of the workflow came. */
  counts: TaskCounts;
}

export interface DiscoverInput {
  task_id: string;
  repo: string;
  stack: string | null;
  commit: string | null;
  config_version: number;
}

export interface Discovered {
  commit: string;
  total: number;
}

/** One job to start. */
export interface NextJob {
  job_id: string;
  key: string;
  ordinal: number;
  queue: string;
}

/** Short steps with the store and the server: local activities. Each is safe to run again. */
export interface LightActivities {
  /** Pins the newest config and makes the task; the same task again is a no-op. @throws `repo_unknown`, `config_missing`, `task_ended` */
  beginTask(input: BeginTaskInput): Promise<BegunTask>;
  /** Unfinished jobs after an ordinal, ascending. */
  nextJobs(input: { task_id: string; after: number; limit: number }): Promise<NextJob[]>;
  /** Ends the task; without an error of its own it fails when a job failed. */
  finishTask(input: {
    task_id: string;
    error: Failure | null;
  }): Promise<{ status: 'completed' | 'failed'; counts: TaskCounts }>;
  /** Notes in the store that the task shall stop, which every worker watches. */
  requestCancel(input: { task_id: string }): Promise<void>;
  /** Fails a job for good; an ended job stays as it is. */
  failJob(input: { job_id: string; error: Failure }): Promise<{ outcome: string }>;
  /** Who works on a tool queue, and how often this job's plan was started. */
  lookAtQueue(input: {
    queue: string;
    job_id: string | null;
  }): Promise<{ pollers: number; attempts: number }>;
  /** Whether a new trigger cancels this repo's running scan, and whether the server knows the search attributes. */
  triggerPolicy(input: { repo: string }): Promise<{ cancel_inflight: boolean }>;
}

/** Long steps that run tools, on a tool queue. They heartbeat and end only when their tools have ended. */
export interface ToolActivities {
  /** Resolves the commit, finds the stacks and writes the jobs. Safe to run again. */
  discoverStacks(input: DiscoverInput): Promise<Discovered>;
  /** Plans one stack and saves what was found. Changes nothing else; safe to run again. */
  planStack(input: PlanStackInput): Promise<PlanStackResult>;
}

/** Long steps without tools, on the queue of workflows. */
export interface UpkeepActivities {
  /** Forgets what is older, in batches, and removes content that nothing refers to. Safe to run again. */
  forgetOld(input: RetentionInput): Promise<RetentionResult>;
}
