import type { Severity } from './change.ts';
import type { ResourceHealth } from './resources/resource.ts';
import type { StackPolicy, StackStatus } from './stack.ts';

/**
 * driftd's statuses: created → running → completed, or failed when a job failed for good. A task that changes something can
 * be `queued` behind another of its repo, and ends as `awaiting_approval` when people have to decide.
 */
export const TASK_STATUSES = ['queued', 'running', 'completed', 'failed', 'awaiting_approval'] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** driftd's statuses: created → pending → running → completed, or failed for good. */
export const JOB_STATUSES = ['pending', 'running', 'completed', 'failed'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

export const TASK_KINDS = ['scan', 'sync', 'reconcile', 'rollback'] as const;
export type TaskKind = (typeof TASK_KINDS)[number];

/** Why a task or job failed: a stable code and a sentence that says what, where and what to do. */
export interface Failure {
  code: string;
  message: string;
}

/**
 * driftd's counts, plus the two causes told apart. `total = queued + running + completed + failed`.
 * `drifted`: stacks whose plan isn't empty. `errored`: jobs whose stack ended as `errored`.
 * `liveDrifted`: stacks with drift. `pending`: stacks with pending changes.
 */
export interface TaskCounts {
  total: number;
  queued: number;
  running: number;
  completed: number;
  failed: number;
  drifted: number;
  errored: number;
  liveDrifted: number;
  pending: number;
}

export interface Task {
  id: string;
  repo: string;
  kind: TaskKind;
  status: TaskStatus;
  /** What started it: `manual`, `schedule`, `api`, `cli`, `post-apply`, or the caller's own word. */
  trigger: string;
  /** What started the first task, where others led to this one: an approval, another try. */
  firstTrigger?: string;
  /** The commit that is planned; empty until it is resolved. */
  commit: string;
  /** Its commit was named, and was not the newest of the branch as far as was known. */
  aside?: boolean;
  /** Who asked for it; empty when nobody was named. */
  actor: string;
  /** Whether Plumbline itself vouches for actor and trigger; left out: of a scan, or from before it did. */
  vouched?: boolean;
  /** Only this stack was asked for. */
  stackKey: string | null;
  configVersion: number;
  workflowId: string;
  runId: string;
  counts: TaskCounts;
  /** ISO 8601; jobs and total are known from here on. */
  discoveredAt: string | null;
  startedAt: string;
  endedAt: string | null;
  cancelRequestedAt: string | null;
  error: Failure | null;
}

export interface Job {
  id: string;
  taskId: string;
  repo: string;
  stackKey: string;
  path: string;
  kind: string;
  workspace: string;
  /** Position in the task, from 0: the cursor of workflows that continue as new. */
  ordinal: number;
  status: JobStatus;
  /** Plans that were started for this job. */
  attempts: number;
  /** The task queue that its tool activity runs on. */
  queue: string;
  commit: string;
  createdAt: string;
  startedAt: string | null;
  endedAt: string | null;
  /** What the plan said; null until the job ended. */
  outcome: StackStatus | null;
  drift: number;
  pending: number;
  severity: Severity | null;
  digest: string | null;
  worker: string | null;
  error: Failure | null;
}

/** The last known state of a stack, whatever task found it. */
export interface StackState {
  repo: string;
  key: string;
  path: string;
  kind: string;
  workspace: string;
  dependsOn: string[];
  /** As it was discovered last (see `Stack`). */
  unknownNeeds?: string[];
  /** As it was discovered last (see `Stack`). */
  policy?: StackPolicy;
  /** As the driver discovered it (see `Stack`). */
  settings?: Record<string, string>;
  status: StackStatus;
  drift: number;
  pending: number;
  severity: Severity | null;
  commit: string | null;
  scannedAt: string | null;
  /** Since when there has been drift without a break; null when there is none. */
  driftedSince: string | null;
  jobId: string | null;
  digest: string | null;
  toolVersion: string | null;
  error: Failure | null;
  /** How its objects were when they were last seen; left out: nobody looks at them. */
  health?: ResourceHealth;
  /** When self-heal repaired it at the commit that it was last synced to, newest first; see `StackSync`. */
  heals?: readonly string[];
}
