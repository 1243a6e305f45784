import type { Approval, Decision } from '../domain/approvals/approval.ts';
import type { FoundAttempt } from '../domain/attempt.ts';
import type { ApplyOrder } from '../domain/order/apply-order.ts';
import type { DecisionKind } from '../domain/approvals/decision-text.ts';
import type { Failure, TaskCounts, TaskKind } from '../domain/task.ts';
import type { VerdictKind } from '../domain/eligibility/verdict.ts';
import type {
  ApplyStackInput,
  ApplyStackResult,
  ApprovalStateJson,
  DecisionMessage,
  PlanStackInput,
  PlanStackResult,
  RepoRequest,
  TaskPolicy,
  UnlockStackInput,
  UnlockStackResult,
} from '../workflows/inputs.ts';
import type { ManyJobSteps, ManyJobTools, NextJob } from './job-types.ts';
import type { InspectStackInput, InspectStackResult } from '../workflows/inspect-inputs.ts';
import type { RetentionInput, RetentionResult } from '../workflows/trigger-inputs.ts';
import type { PollActivities } from './poll-types.ts';
import type { VoucherSteps } from './voucher-types.ts';
import type { PrepareRestoreInput, PrepareRollbackInput } from './rollback/types.ts';

/** What `beginTask` is told. */
export interface BeginTaskInput {
  task_id: string;
  repo: string;
  /** `scan` when left out, as histories of the first release have it. */
  kind?: TaskKind;
  stack: string | null;
  /** As it was asked for, by name or alias. */
  environment?: string | null;
  trigger: string;
  /** As the request has it. */
  first_trigger?: string;
  actor: string;
  /** As the request has them. */
  voucher?: RepoRequest['voucher'];
  joined?: RepoRequest['joined'];
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
  /** Only these stacks, by key; null or left out: all. */
  stacks?: string[] | null;
  /** Only the stacks of this environment. */
  environment?: string | null;
  /** Only the stacks of any of these. */
  environments?: string[];
  /** Each stack at the commit that it was last synced to; one that never was: at the commit of the task. */
  as_synced?: boolean;
}

/** A stack by its name. */
export interface StackRef {
  repo: string;
  key: string;
}

export interface Discovered {
  commit: string;
  total: number;
}

/** What a task that changes something was asked for, as far as it decides on stacks. */
export interface TaskRequest extends Pick<
  RepoRequest,
  | 'joined'
  | 'commit'
  | 'auto_approve_safe'
  | 'dry_run'
  | 'emergency'
  | 'trigger'
  | 'first_trigger'
  | 'agreed'
  | 'actor'
  | 'retry'
  | 'to_backup'
> {
  kind: 'sync' | 'reconcile' | 'rollback';
}

export interface DecideStacksInput {
  task_id: string;
  repo: string;
  commit: string;
  config_version: number;
  request: TaskRequest;
}

export interface PresentApprovalInput extends DecideStacksInput {
  job_id: string;
  /** Of the stack, for its log; histories of earlier releases don't have it. */
  key?: string;
}

/** What becomes of one planned stack; those with nothing to do are left out. */
export interface DecidedStack {
  job_id: string;
  key: string;
  digest: string;
  queue: string;
  /** As in `NextJob`. */
  commit?: string;
  verdict: Exclude<VerdictKind, 'nothing'>;
}

export interface DecidedStacks {
  stacks: DecidedStack[];
  order: ApplyOrder;
  /** Stacks with nothing to do; in a dry run not those with which something would be done. */
  unchanged: number;
}

export interface DecidePageInput extends DecideStacksInput {
  /** The last ordinal that was decided on; -1: none. */
  after: number;
  limit: number;
}

/** What was decided is in the store. */
export interface DecidedPage {
  /** The ordinal to go on after; null: all are decided on, and in their order. The counts are 0 before. */
  next: number | null;
  /** As in `DecidedStacks`. */
  unchanged: number;
  waiting: number;
  blocked: number;
}

/** What the workflow of an approval knows of it. */
export interface ApprovalFacts {
  approval: Approval | null;
  /** Those that were not withdrawn, and those that were. */
  decisions: Decision[];
  state: ApprovalStateJson;
  allow_unsigned: boolean;
  /** Whether there is something to wait for. */
  open: boolean;
  /** Approved, nobody has begun to apply it, and nothing is known to stand in the way. */
  ask_sync: boolean;
  /** Until it expires, somebody is to be reminded, or what stands in the way may be gone; null: never. */
  wake_in_ms: number | null;
}

/** Short steps with the store and the server: local activities. Each is safe to run again. */
export interface LightActivities extends ManyJobSteps, VoucherSteps {
  /** Pins the newest config and makes the task; the same task again is a no-op. @throws `repo_unknown`, `config_missing`, `task_ended` */
  beginTask(input: BeginTaskInput): Promise<BegunTask>;
  /** Unfinished jobs after an ordinal, ascending. */
  nextJobs(input: { task_id: string; after: number; limit: number }): Promise<NextJob[]>;
  /** Ends the task; without an error of its own it fails when a job failed. */
  finishTask(input: {
    task_id: string;
    error: Failure | null;
    /** People have to decide on some of its stacks. */
    waiting?: boolean;
    /** It planned the newest commit: what it found in sync is synced to that. One that somebody named may be of any branch. */
    newest?: boolean;
    /** It only looked: it ends no approval for the sake of another plan. */
    dry_run?: boolean;
  }): Promise<{ status: 'completed' | 'failed' | 'awaiting_approval'; counts: TaskCounts }>;
  /** Notes in the store that the task shall stop, which every worker watches. */
  requestCancel(input: { task_id: string }): Promise<void>;
  /** Fails a job for good; an ended job stays as it is. One that planned the return to a backup says nothing of its stack. */
  failJob(input: { job_id: string; error: Failure; to_backup?: string }): Promise<{ outcome: string }>;
  /** Who works on a tool queue, and how often this job's plan was started. */
  lookAtQueue(input: {
    queue: string;
    job_id: string | null;
  }): Promise<{ pollers: number; attempts: number }>;
  /**
   * Whether a new trigger cancels what this repo runs, and which run of its workflow that is (null: none any more). Only
   * scans are ever cancelled. Histories of the first release name no run.
   */
  triggerPolicy(input: { repo: string }): Promise<{ cancel_inflight: boolean; run_id?: string | null }>;
  /** The request to serve next, and what waits behind it: see `mergeRequests`. What can't be understood is left out. */
  nextRequest(input: {
    repo: string;
    queue: RepoRequest[];
  }): Promise<{ next: RepoRequest | null; rest: RepoRequest[] }>;
  /** What follows from a scan without a person's word: see `wantedAutomation`. */
  automate(input: { task_id: string }): Promise<{ requests: RepoRequest[] }>;
  /** Hands a request to the repo's workflow. A retry of what a newer task has overtaken is dropped. */
  sendRequest(input: { repo: string; request: RepoRequest }): Promise<{ sent: boolean }>;
  /** The stacks whose turn it is, and those of which nothing will become because of others. */
  nextApplies(input: {
    order: ApplyOrder;
    progress: { done: string[]; failed: string[]; waiting: string[]; running: string[] };
  }): Promise<{ ready: string[]; blocked: { key: string; blocked_by: string[]; reason: string }[] }>;
  /** Stacks that wait for people after an ordinal, ascending, by their verdicts in the store; `last`: where to go on. */
  nextWaiting(input: {
    task_id: string;
    after: number;
    limit: number;
  }): Promise<{ stacks: DecidedStack[]; last: number }>;
  /**
   * Writes down what became of applies, blocks the stacks of which nothing will become because of others, and says whose turn it
   * is and how many were blocked. By the verdicts in the store; `running`: keys. Safe to run again.
   */
  nextTurn(input: {
    task_id: string;
    ended: { job_id: string; done: boolean }[];
    running: string[];
    limit: number;
  }): Promise<{ ready: DecidedStack[]; blocked: number }>;
  /** Notes that a stack is not applied because of others, or, where none is named, for another reason. */
  blockStack(input: { job_id: string; blocked_by: string[]; reason: string }): Promise<void>;
  /** The stack's newest approval; `asked`: how often a sync of it was asked for, so that it is asked for less and less often. */
  loadApproval(input: StackRef & { asked?: number }): Promise<ApprovalFacts>;
  /** Verifies a decision and writes it down, or answers why it does not count. Safe to run again. */
  recordDecision(
    input: StackRef & { verb: DecisionKind; message: DecisionMessage },
  ): Promise<{ refused: { code: string; message: string } | null }>;
  /** Ends the approval if it has expired, or reminds those who are missing. Safe to run again. */
  approvalDue(input: StackRef): Promise<void>;
  /** Asks the repo for a sync of the approved plan. Safe to run again. */
  requestApproved(input: StackRef): Promise<void>;
  /** What a lost `applyStack` activity has left behind, before anybody looks at the tool, and whose queue can; left out: any. */
  findAttempt(input: { job_id: string }): Promise<FoundAttempt>;
}

/** Long steps that run tools, on a tool queue. They heartbeat and end only when their tools have ended. */
export interface ToolActivities extends ManyJobTools, PollActivities {
  /** Resolves the commit, finds the stacks and writes the jobs. Safe to run again. */
  discoverStacks(input: DiscoverInput): Promise<Discovered>;
  /** Plans one stack and saves what was found. Changes nothing else; safe to run again. */
  planStack(input: PlanStackInput): Promise<PlanStackResult>;
  /**
   * Commits what the stacks' paths were at an earlier commit, pushes that, and pins the stacks to it, so that no automation
   * undoes it. Where the branch takes no push, the earlier commit itself is what they are pinned to. Refused, with Git as
   * it was, while one of them is paused, frozen or outside its window. Safe to run again.
   */
  prepareRollback(input: PrepareRollbackInput): Promise<{ commit: string; pushed: boolean }>;
  /**
   * Looks whether the stack can return to the saved state, and finds the commit that it is planned at then. Changes nothing.
   * Refused as `prepareRollback`.
   */
  prepareRestore(input: PrepareRestoreInput): Promise<{ commit: string }>;
  /** Decides for every planned stack of the task, and keeps the verdicts. Safe to run again. */
  decideStacks(input: DecideStacksInput): Promise<DecidedStacks>;
  /**
   * The same for some stacks at a time, whose verdicts then also have their places in the order. Safe to run again.
   */
  decidePage(input: DecidePageInput): Promise<DecidedPage>;
  /**
   * Plans the stack once more and, if that is the same plan, puts it before people and tells its approval's workflow. A plan
   * that moves is blocked instead: nobody is asked (`approval_id` null). Safe to run again.
   */
  presentApproval(input: PresentApprovalInput): Promise<{ approval_id: string | null }>;
  /**
   * The gate: applies a plan if, by the store and by the policy in force, this very plan may be applied now. Never run
   * again for the same job: whoever loses it asks `recoverAttempt`.
   */
  applyStack(input: ApplyStackInput): Promise<ApplyStackResult>;
  /**
   * Looks at the lock of a stack's state, and with `release` releases it: only the named one, and only when a dead worker of
   * Plumbline's own has left it. Safe to run again.
   */
  unlockStack(input: UnlockStackInput): Promise<UnlockStackResult>;
  /** Looks at what a stack has, and keeps that in the store. Changes nothing else; safe to run again. */
  inspectStack(input: InspectStackInput): Promise<InspectStackResult>;
  /** Finds out what became of the job's attempt whose worker was lost, and closes it. Safe to run again. */
  recoverAttempt(input: ApplyStackInput): Promise<ApplyStackResult>;
}

/** Long steps without tools, on the queue of workflows. */
export interface UpkeepActivities {
  /** Forgets what is older, in batches, and removes content that nothing refers to. Safe to run again. */
  forgetOld(input: RetentionInput): Promise<RetentionResult>;
}
