import type { TaskRequest } from '../types.ts';

export interface PrepareRollbackInput {
  repo: string;
  task_id: string;
  config_version: number;
  to_commit: string;
  stacks: string[] | null;
  environment: string | null;
  reason: string;
  actor: string;
  /** Only says which commit would be planned: nothing is pushed, and nothing is pinned. */
  dry_run?: boolean;
  /** What was asked for: who may pass windows and freezes depends on it. */
  request?: TaskRequest;
}

export interface PrepareRestoreInput {
  repo: string;
  task_id: string;
  config_version: number;
  to_backup: string;
  /** Exactly one, by key. */
  stacks: string[];
  /** What to plan at; null: the commit that was applied last. */
  commit: string | null;
  dry_run?: boolean;
  request?: TaskRequest;
}
