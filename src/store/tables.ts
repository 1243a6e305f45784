import type { Generated } from 'kysely';
import type { Severity } from '../domain/change.ts';
import type { ResourceHealth } from '../domain/resources/resource.ts';
import type { StackStatus } from '../domain/stack.ts';
import type { JobStatus, TaskKind, TaskStatus } from '../domain/task.ts';
import type { ControlTables } from './control/tables.ts';

/** A JSON document in a text column: the same on both databases. */
export type JsonText = string;
/** `2026-01-31T12:00:00.000Z`: sorts as text. */
export type TimeText = string;

export interface TaskTable {
  id: string;
  repo: string;
  kind: TaskKind;
  status: TaskStatus;
  trigger: string;
  /** Of the task that led to this one; null: none did. */
  first_trigger: string | null;
  commit: string;
  /** 1: the commit was named, and is not the branch's newest; null: it is, or nobody knows. */
  aside: number | null;
  actor: string;
  /** IDs of what vouched for its starter, between blanks; empty: nothing did; null: nobody has asked. */
  vouchers: string | null;
  stack_key: string | null;
  config_version: number;
  workflow_id: string;
  run_id: string;
  /** The final counts; null while the task runs, because they are then derived from its jobs. */
  counts: JsonText | null;
  discovered_at: TimeText | null;
  started_at: TimeText;
  ended_at: TimeText | null;
  cancel_requested_at: TimeText | null;
  error_code: string | null;
  error_message: string | null;
}

export interface JobTable {
  id: string;
  task_id: string;
  repo: string;
  stack_key: string;
  path: string;
  kind: string;
  workspace: string;
  ordinal: number;
  status: JobStatus;
  attempts: number;
  queue: string;
  commit: string;
  created_at: TimeText;
  started_at: TimeText | null;
  ended_at: TimeText | null;
  outcome: StackStatus | null;
  drift: number;
  pending: number;
  severity: Severity | null;
  digest: string | null;
  worker: string | null;
  error_code: string | null;
  error_message: string | null;
}

export interface StackTable {
  repo: string;
  key: string;
  path: string;
  kind: string;
  workspace: string;
  depends_on: JsonText;
  unknown_needs: JsonText | null;
  policy: JsonText | null;
  settings: JsonText | null;
  status: StackStatus;
  drift: number;
  pending: number;
  severity: Severity | null;
  commit: string | null;
  scanned_at: TimeText | null;
  drifted_since: TimeText | null;
  job_id: string | null;
  /** When the job that gave this result was made: what tells an older scan from a newer. */
  result_order: TimeText | null;
  digest: string | null;
  tool_version: string | null;
  error_code: string | null;
  error_message: string | null;
}

export interface PlanTable {
  job_id: string;
  repo: string;
  stack_key: string;
  commit: string;
  status: StackStatus;
  changes: JsonText;
  ignored: JsonText;
  outputs: JsonText;
  severity: Severity | null;
  digest: string;
  tool: JsonText;
  durations_ms: JsonText;
  warnings: JsonText;
  state_lock: JsonText | null;
  artifacts: JsonText;
  /** A backup's ID. */
  restores: string | null;
  created_at: TimeText;
  /** Null in plans that were stored before schema version 3. */
  basis: JsonText | null;
}

export interface ConfigTable {
  version: number;
  settings: JsonText;
  published_at: TimeText;
}

export interface EventTable {
  seq: Generated<number>;
  task_id: string;
  stack_key: string | null;
  kind: 'progress' | 'log' | 'warning';
  message: string;
  at: TimeText;
}

export interface ArtifactTable {
  job_id: string;
  kind: string;
  digest: string;
  size_bytes: number;
  /** 0 or 1. */
  encrypted: number;
  key_id: string | null;
  created_at: TimeText;
}

/** Content that nothing refers to any more, until it has surely been removed. */
export interface OrphanTable {
  digest: string;
  since: TimeText;
  offered_at: TimeText | null;
}

/** What was last heard of a repo's Git. */
export interface PollTable {
  repo: string;
  commit: string | null;
  asked_at: TimeText;
  reached_at: TimeText | null;
  failing_since: TimeText | null;
  error_code: string | null;
  error_message: string | null;
}

/** Who watches what. */
export interface WatchTable {
  target: string;
  worker: string;
  stacks: number;
  since: TimeText;
  alive_at: TimeText | null;
  error_code: string | null;
  error_message: string | null;
  expires_at: TimeText;
}

/** What a stack has, as it was last seen. */
export interface ResourceTable {
  repo: string;
  stack_key: string;
  /** Its own objects, as the newest plan saw them. */
  declared: JsonText | null;
  declared_at: TimeText | null;
  /** All of them, as the newest look did. */
  looked: JsonText | null;
  looked_at: TimeText | null;
  /** Of the newer one of both. */
  health: ResourceHealth['status'] | null;
  health_reason: string | null;
}

/** One row, which no backup holds: it says which place this is. */
export interface InstallationTable {
  id: string;
}

export interface SchemaVersionTable {
  version: number;
  name: string;
  applied_at: TimeText;
}

/** Every table of the store. */
export interface Tables extends ControlTables {
  tasks: TaskTable;
  jobs: JobTable;
  stacks: StackTable;
  plans: PlanTable;
  configs: ConfigTable;
  events: EventTable;
  artifacts: ArtifactTable;
  orphans: OrphanTable;
  polls: PollTable;
  watches: WatchTable;
  resources: ResourceTable;
  installation: InstallationTable;
  schema_versions: SchemaVersionTable;
}
