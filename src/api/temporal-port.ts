import type { TaskKind } from '../domain/task.ts';
import type { StartedRun } from '../temporal/requests.ts';
import type {
  ApprovalStateJson,
  DecisionMessage,
  PresentSignal,
  RepoRequest,
  ScanRepoInput,
  UnlockStackInput,
  UnlockStackResult,
} from '../workflows/inputs.ts';
import type { InspectStackInput, InspectStackResult } from '../workflows/inspect-inputs.ts';

/** The workflow that holds a repo's lock. */
export interface RepoRun {
  workflowId: string;
  runId: string;
  /** With which it began: the same through all its continuations, those into the repo's next task included. */
  firstRunId: string;
  /** What it does, by the type of its workflow. */
  kind: TaskKind;
  running: boolean;
  startedAt: string;
}

/** How many workers poll a task queue. */
export interface QueuePollers {
  queue: string;
  pollers: number;
}

/** What a person says about a presented plan. */
export type DecisionVerb = 'approve' | 'reject' | 'withdraw';

/** What the API needs of Temporal, and nothing else. Every call is bounded in time. */
export interface TemporalPort {
  /**
   * Starts `scanRepo` as `repo/<name>`.
   * @throws PlumblineError `scan_in_progress` when the repo's workflow is running, `temporal_unavailable`
   */
  startScan(input: ScanRepoInput): Promise<StartedRun>;
  /**
   * Hands a request to the repo's workflow, which is started if the repo is idle; a busy one keeps it for its next run.
   * Nothing is lost, and the same request again is harmless. Answers the run that took it.
   * @throws PlumblineError `temporal_unavailable`
   */
  request(repo: string, request: RepoRequest): Promise<StartedRun>;
  /**
   * Hands a person's word to the stack's approval and answers where that is then.
   * @throws PlumblineError `decision_refused` (details: `code`, as in `DecisionRefusal`), `temporal_unavailable`
   */
  decide(repo: string, key: string, verb: DecisionVerb, message: DecisionMessage): Promise<ApprovalStateJson>;
  /**
   * Looks at the lock of a stack's state, or releases it; takes as long as a worker needs to make the stack ready, two
   * minutes at most.
   * @throws PlumblineError with the codes of `unlockStack`, `unlock_in_progress`, `unlock_slow`, `temporal_unavailable`
   */
  unlock(input: UnlockStackInput): Promise<UnlockStackResult>;
  /**
   * Looks at what a stack has, or joins whoever does, and keeps it in the store; waits for 20 seconds at most. Safe to call
   * again.
   * @throws PlumblineError with the codes of `inspectStack`, `inspect_slow`, `temporal_unavailable`
   */
  inspect(input: InspectStackInput): Promise<InspectStackResult>;
  /**
   * Tells an approval that it may be its turn again; its workflow is started where it has ended. Safe to call again.
   * @throws PlumblineError `temporal_unavailable`
   */
  wakeApproval(repo: string, key: string, signal: PresentSignal): Promise<void>;
  /**
   * Asks exactly this run of a repo's workflow to stop, and none that followed it. One that has ended, or that nobody
   * knows, is fine. Safe to call again.
   * @throws PlumblineError `temporal_unavailable`
   */
  cancelRun(repo: string, runId: string): Promise<void>;
  /**
   * The newest workflow of a repo, running or not; undefined when Temporal knows none.
   * @throws PlumblineError `temporal_unavailable`
   */
  describeRepo(repo: string): Promise<RepoRun | undefined>;
  /** Whether the server answers, and who polls the queues. Never throws. */
  health(): Promise<{ ok: boolean; address: string; message: string; workers: QueuePollers[] }>;
}
