import type { ScanRepoInput } from '../workflows/inputs.ts';

/** A started run of a workflow. */
export interface StartedRun {
  workflowId: string;
  /** The first run: it stays the same when the workflow continues as new. */
  runId: string;
}

/** The workflow that holds a repo's lock. */
export interface RepoRun {
  workflowId: string;
  runId: string;
  running: boolean;
  startedAt: string;
}

/** How many workers poll a task queue. */
export interface QueuePollers {
  queue: string;
  pollers: number;
}

/** What the API needs of Temporal, and nothing else. Every call is bounded in time. */
export interface TemporalPort {
  /**
   * Starts `scanRepo` as `repo/<name>`.
   * @throws PlumblineError `scan_in_progress` when the repo's workflow is running, `temporal_unavailable`
   */
  startScan(input: ScanRepoInput): Promise<StartedRun>;
  /**
   * Asks a repo's running workflow to stop; `false` when there is none. Safe to call again.
   * With `runId` only the execution that began with that run is asked.
   * @throws PlumblineError `temporal_unavailable`
   */
  cancelRepo(repo: string, runId?: string): Promise<boolean>;
  /**
   * The newest workflow of a repo, running or not; undefined when Temporal knows none.
   * @throws PlumblineError `temporal_unavailable`
   */
  describeRepo(repo: string): Promise<RepoRun | undefined>;
  /** Whether the server answers, and who polls the queues. Never throws. */
  health(): Promise<{ ok: boolean; address: string; message: string; workers: QueuePollers[] }>;
}
