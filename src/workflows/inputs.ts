/**
 * What starts and answers workflows. Names and counts only: values live in the store.
 * Keys are snake_case because people type them into `temporal workflow start --input`.
 */
import type { StarterVoucher } from '../domain/approvals/starter-voucher.ts';
import type { JoinedRequest } from '../domain/request-queue.ts';
import type { DecisionStage } from './decision-stage.ts';

/** Input of `scanRepo`. Only `repo` is needed: the rest has defaults. */
export interface ScanRepoInput {
  repo: string;
  /** Only this stack, by key. */
  stack?: string;
  /** Only these stacks, by key; what a request for a scan names. */
  stacks?: string[];
  /** Only this commit (full or abbreviated SHA); by default the newest of the branch. */
  commit?: string;
  trigger?: string;
  actor?: string;
  /** Set by the API so that it can find the task; by default made from the start time. */
  task_id?: string;
  /** Set when the workflow continues as new. */
  resume?: ScanRepoResume;
  /** Requests that wait for their turn, carried over when the workflow continues as new. */
  queue?: RepoRequest[];
  /** The scan is the first of `queue`, or of the signal that started the workflow; not set by hand. */
  from_queue?: boolean;
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
  /** Null when what it was started for had been cancelled before it began. */
  task_id: string | null;
  status: 'completed' | 'failed';
  total: number;
  completed: number;
  failed: number;
  drifted: number;
}

/** Answer of the query `progress`. */
export interface ScanProgress {
  task_id: string | null;
  phase: 'starting' | 'discovering' | 'planning' | 'deciding' | 'applying' | 'finishing' | 'done';
  total: number;
  started: number;
  finished: number;
  failed: number;
  drifted: number;
  /** Only of tasks that change something: stacks that were applied, wait for people, and are blocked. */
  applied?: number;
  waiting?: number;
  blocked?: number;
  /** Stacks whose apply failed, `failed` being those whose plan did. */
  apply_failed?: number;
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
  /** Plans the return to this backup instead. */
  to_backup?: string;
}

/** Result of `planStack`: never throws for a stack that failed. */
export interface PlanStackResult {
  status: 'completed' | 'failed';
  outcome: string;
  drifted: boolean;
  error_code: string | null;
}

/** What the signal `request` brings to `repo/<name>`: kept while the repo is busy, never lost. */
export interface RepoRequest {
  /** `scan` only looks, and waits for its turn like the others; whoever wants to be refused starts `scanRepo`. */
  kind: 'scan' | 'sync' | 'reconcile' | 'rollback';
  /** Made by whoever asks, so that the task can be followed; by default made from the time it begins. */
  task_id?: string;
  /** Stack keys; all of the repo, or of the environment, when left out. */
  stacks?: string[];
  /** Only this environment's stacks. */
  environment?: string;
  /** Only the stacks of these environments, as one task; not beside `environment`, and not for a rollback. */
  environments?: string[];
  /** Only this commit; by default the newest of the branch (`reconcile`: of each stack's last sync). */
  commit?: string;
  /** `push`, `approval`, `api`, `cli`, `ui`, `schedule`, `watch`, `retry`, `signal`. */
  trigger?: string;
  /** Who asks. */
  actor?: string;
  /** Plumbline's own word on `actor` and `trigger`. Without it, one person more has to approve: made by Plumbline alone. */
  voucher?: StarterVoucher;
  reason?: string;
  /** Plans and decides, applies nothing. */
  dry_run?: boolean;
  auto_approve_safe?: boolean;
  /** Break-glass: an admin's emergency apply. Signed like a decision, see `emergencyText`; nothing else is applied by it. */
  emergency?: {
    by: string;
    reason: string;
    at: string;
    signature: string;
    environment?: string;
    stacks?: string[];
  };
  /** `rollback` to an earlier commit: `to_commit`; to a saved state: `to_backup` with exactly one stack. */
  to_commit?: string;
  to_backup?: string;
  /** The task whose stacks, blocked by those of this request, are asked for with them. */
  with_blocked_of?: string;
  /** How often it was tried before. */
  retry?: number;
  /** What started the first of these tries, or the task that an approval goes on with. */
  first_trigger?: string;
  /** Those of `stacks` whose plans people have approved; the others are asked for by `first_trigger`. */
  agreed?: string[];
  /** What was merged into this request while it waited: see `mergeRequests`. */
  joined?: JoinedRequest[];
}

/** What changes something. */
export type SyncKind = Exclude<RepoRequest['kind'], 'scan'>;

/** Input of `syncRepo`, `reconcileRepo` and `rollbackRepo`; only `repo` is needed by hand. */
export interface RepoTaskInput extends Omit<RepoRequest, 'kind'> {
  repo: string;
  /** Requests that wait for their turn, carried over when the workflow continues as new. */
  queue?: RepoRequest[];
  /** The task is the first of `queue`, or of the signal that started the workflow; set by the API, not by hand. */
  from_queue?: boolean;
  /** Set when the workflow continues as new in the middle of its work. */
  resume?: ScanRepoResume & { stage?: DecisionStage };
}

/** Result of those. */
export interface RepoTaskResult {
  /** Null when what it was started for had been cancelled before it began. */
  task_id: string | null;
  status: 'completed' | 'failed' | 'awaiting_approval';
  total: number;
  applied: number;
  waiting: number;
  blocked: number;
  failed: number;
  unchanged: number;
}

/** Input of `applyStack`: names only. The activity verifies all of it against the store before a tool starts. */
export interface ApplyStackInput {
  policy: TaskPolicy;
  task_id: string;
  job_id: string;
  repo: string;
  key: string;
  commit: string;
  config_version: number;
  queue: string;
  digest: string;
  /** As the request has them; the activity verifies them. */
  first_trigger?: string;
  agreed?: string[];
  auto_approve_safe?: boolean;
  emergency?: RepoRequest['emergency'];
  /** Restores this backup instead of applying the plan. */
  to_backup?: string;
}

/** Result of `applyStack`: never throws for a stack that failed. */
export interface ApplyStackResult {
  status: 'applied' | 'refused' | 'failed' | 'partial' | 'unknown';
  attempt_id: string | null;
  /** What the plan's digest is now, when it was refused for another. */
  digest: string | null;
  error_code: string | null;
  message: string;
  /** The commit to go back to, where the policy wants what was not verified to be rolled back. */
  roll_back_to?: string;
  /** The commit that was pushed, where what was rolled back live was rolled back in Git, too. */
  reverted_to?: string;
  /** For the request that follows from it: another try, or the way back. */
  voucher?: StarterVoucher;
}

/** Input of `requestLater`: hands a request to its repo after a while, without holding the repo meanwhile. */
export interface RequestLaterInput {
  repo: string;
  request: RepoRequest;
  delay_ms: number;
}

/** Input of `unlockStack`, whose ID is `repo/<repo>/unlock/<key>`; only `repo` and `key` are needed to look. */
export interface UnlockStackInput {
  repo: string;
  key: string;
  /** Releases the lock with the ID `lock_id`; left out: only looks whose it is. */
  release?: boolean;
  lock_id?: string;
  /** The task queue of the stack's worker. */
  queue?: string;
  actor?: string;
  reason?: string;
  /** From where: kept in the audit log. */
  source?: string;
}

/** Result of `unlockStack`. */
export interface UnlockStackResult {
  /** The lock that was there; null when nobody held it. */
  lock: { id: string; who: string; operation: string; created: string } | null;
  /** The attempt that took it; null when it is somebody else's. */
  attempt: { id: string; status: string; host: string; pid: number; started_at: string } | null;
  releasable: boolean;
  released: boolean;
  /** A sentence for people. */
  why: string;
}

/** Input of `approval`, whose ID is `approval/<repo>/<key>`. */
export interface ApprovalInput {
  repo: string;
  key: string;
  /** Set when the workflow continues as new: decisions are in the store. */
  approval_id?: string;
}

/** Signal `present`: a plan to decide on; the store already holds it. */
export interface PresentSignal {
  approval_id: string;
  digest: string;
}

/** Signals `approve`, `reject` and `withdraw`, and the updates of the same names. */
export interface DecisionMessage {
  by: string;
  digest: string;
  reason?: string;
  /** With a signature, all of it is signed: see `decisionText`. Times ISO 8601. */
  id?: string;
  at?: string;
  teams?: string[];
  aliases?: string[];
  via?: string;
  /** The address that it came from, where the API knows it. Not signed. */
  from?: string;
  signature?: string;
}

/** Answer of the updates, and of the query `state` of `approval`. */
export interface ApprovalStateJson {
  approval_id: string | null;
  digest: string | null;
  status: string;
  approved_by: string[];
  rejected_by: string[];
  missing: string[];
  expires_at: string | null;
  /** Why the last signal was not taken; null when it was. */
  refused: { code: string; message: string } | null;
}
