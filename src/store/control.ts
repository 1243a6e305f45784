import type { Approval, ApprovalStatus, Decision, Reminders } from '../domain/approvals/approval.ts';
import type { Attempt, AttemptProcess, AttemptStatus, Backup, Lease } from '../domain/attempt.ts';
import type { AuditEntry, AuditHead, AuditRecord } from '../domain/audit/record.ts';
import type { Hold, StackSync } from '../domain/eligibility/hold.ts';
import type { Failure } from '../domain/task.ts';
import type { Verdict, VerdictOutcome } from '../domain/eligibility/verdict.ts';

/** What the store keeps for changing things safely. One transaction each; times ISO 8601 in UTC. */
export interface ControlStore {
  approvals: ApprovalRepository;
  attempts: AttemptRepository;
  verdicts: VerdictRepository;
  holds: HoldRepository;
  syncs: SyncRepository;
  audit: AuditRepository;
}

/**
 * The audit records of what a call has done, written in its transaction: neither is there without the other. Not asked when
 * nothing was changed, and asked again when the transaction runs again, so it must have no effect of its own.
 */
export type Records<T> = (done: T) => readonly AuditEntry[];

/** The status that an approval has with these decisions. */
export type StatusOf = (approval: Approval, decisions: readonly Decision[]) => ApprovalStatus;

export interface ApprovalRepository {
  /**
   * Presents a plan. The same digest as the stack's waiting, approved or rejected approval changes nothing and returns that
   * one (its task and job are updated); another digest dismisses it and takes its place. One transaction.
   * When something else is required by now, that is taken over, and the status becomes what `statusOf` answers (without it
   * an approved one waits again). One whose time is over is `expired`, and the plan is asked about anew. The same approval ID
   * again is a no-op. `records` is asked when this one was added. One of the same digest that `outdated` agrees with is dismissed
   * as if its digest were another.
   */
  present(
    approval: Approval,
    at: string,
    statusOf?: StatusOf,
    records?: Records<Presented>,
    outdated?: (live: Approval) => boolean,
  ): Promise<Presented>;
  get(id: string): Promise<Approval | undefined>;
  /** The stack's newest approval. */
  latest(repo: string, stackKey: string): Promise<Approval | undefined>;
  /** Newest first. */
  list(query: {
    repo?: string;
    environment?: string;
    statuses?: readonly ApprovalStatus[];
    limit: number;
  }): Promise<Approval[]>;
  /** By time, withdrawn ones included. */
  decisions(approvalId: string): Promise<Decision[]>;
  /**
   * Adds a decision if `check` agrees with what the store holds at that moment, and sets the status that `check` answers.
   * The whole is one transaction under the approval's row lock. The same decision ID again is a no-op.
   * `check` gets the decisions before this one; what it throws leaves everything as it was.
   * @throws PlumblineError `approval_not_found`
   */
  decide(
    decision: Decision,
    check: (approval: Approval, decisions: readonly Decision[]) => { status: ApprovalStatus },
    records?: Records<Decided>,
  ): Promise<Decided>;
  /**
   * Takes back the decisions whose IDs `choose` answers of those that the store holds at that moment, if it agrees: what it
   * throws leaves everything as it was, and so does no ID. `statusOf` answers the approval's status afterwards (the
   * decisions that it gets have these withdrawn). The whole is one transaction under the approval's row lock.
   * @throws PlumblineError `approval_not_found`, `approval_ended` when it is no longer waiting, approved or rejected
   */
  withdraw(
    approvalId: string,
    at: string,
    how: {
      choose: (approval: Approval, decisions: readonly Decision[]) => readonly string[];
      statusOf: StatusOf;
    },
    records?: Records<Approval>,
  ): Promise<Approval>;
  /**
   * Notes that people are reminded, if `choose` finds that due of what the store holds at that moment. One transaction under the
   * approval's row lock, so that of calls at once one reminds.
   * @throws PlumblineError `approval_not_found`
   */
  remind<T extends { reminders: Reminders }>(
    id: string,
    choose: (approval: Approval) => T | undefined,
    records?: Records<T>,
  ): Promise<T | undefined>;
  /** `waiting`/`approved`/`rejected` → `expired`, `withdrawn` or `dismissed`; anything else stays. */
  end(
    id: string,
    status: 'expired' | 'withdrawn' | 'dismissed',
    at: string,
    records?: Records<Approval>,
  ): Promise<Approval>;
}

/** What presenting a plan came to. */
export interface Presented {
  approval: Approval;
  /** The approval whose place it took. */
  dismissed: Approval | null;
  /** The approval that nobody had ended, although its time was over. */
  expired: Approval | null;
}

/** An approval after a decision, and all decisions about it. */
export interface Decided {
  approval: Approval;
  decisions: Decision[];
}

/** What `begin` wants; the store gives ID, fence and status. */
export type NewAttempt = Omit<
  Attempt,
  'fence' | 'status' | 'endedAt' | 'tool' | 'backupId' | 'summary' | 'error'
>;

export interface AttemptRepository {
  /**
   * Takes the stack's lease, records the attempt as `started` and, with `approvalId`, uses the approval up: all of it or
   * nothing, in one transaction.
   * @throws PlumblineError `lease_held` (somebody works on the stack, or its last attempt is `unknown`; details: lease),
   *   `approval_used`, `approval_not_approved`, `approval_expired` (when it starts), `attempt_exists`
   */
  begin(
    attempt: NewAttempt,
    options: { overUnknown?: boolean },
    records?: Records<Attempt>,
  ): Promise<Attempt>;
  /** @throws PlumblineError `lease_lost` when the fence is no longer the stack's */
  setTool(id: string, fence: number, tool: AttemptProcess | null, at: string): Promise<void>;
  setBackup(id: string, fence: number, backup: Backup): Promise<void>;
  /** @throws PlumblineError `lease_lost` */
  renew(id: string, fence: number, at: string): Promise<void>;
  /** Closes the attempt and, unless it is `unknown`, gives the lease back. An attempt that has ended stays as it is. */
  end(
    id: string,
    result: { status: Exclude<AttemptStatus, 'started'>; summary: string; error: Failure | null },
    at: string,
    records?: Records<Attempt>,
  ): Promise<Attempt>;
  /**
   * An `unknown` attempt of which more is known now: closes it and gives the lease back (but `started`, it runs after
   * all, and `unknown` keep it). An attempt that is not `unknown` stays as it is, and one that stays `unknown` is no news:
   * `records` is not asked.
   */
  settle(
    id: string,
    result: { status: AttemptStatus; summary: string },
    at: string,
    records?: Records<Attempt>,
  ): Promise<Attempt>;
  get(id: string): Promise<Attempt | undefined>;
  /** The stack's lease while it is held, by an attempt of any branch of the repo's entry. */
  lease(repo: string, stackKey: string): Promise<Lease | undefined>;
  /** Attempts that are `started` or `unknown`, oldest first. */
  open(): Promise<Attempt[]>;
  /** Newest first. */
  list(query: { repo?: string; stackKey?: string; taskId?: string; limit: number }): Promise<Attempt[]>;
  /** Those of the rule `break_glass` that began in this time (ISO 8601, both ends in it), newest first: all of them. */
  emergencies(query: { repo?: string; from: string; to: string }): Promise<Attempt[]>;
  backups(repo: string, stackKey: string, limit: number): Promise<Backup[]>;
  backup(id: string): Promise<Backup | undefined>;
}

export interface VerdictRepository {
  put(jobId: string, verdict: Verdict): Promise<void>;
  /** Notes why the job's apply came to nothing; the next `put` takes it away. Nothing where there is no verdict. */
  note(jobId: string, outcome: VerdictOutcome): Promise<void>;
  get(jobId: string): Promise<Verdict | undefined>;
  /** By job ID. */
  listByTask(taskId: string): Promise<Record<string, Verdict>>;
}

export interface HoldRepository {
  /** The same kind, scope and name again replaces the one before. */
  place(hold: Hold, records?: Records<Hold>): Promise<void>;
  /** A hold that is released already stays as it is. @throws PlumblineError `hold_not_found` */
  release(id: string, by: string, at: string, records?: Records<Hold>): Promise<Hold>;
  /** Those not released, oldest first. */
  active(): Promise<Hold[]>;
}

export interface SyncRepository {
  get(repo: string, stackKey: string): Promise<StackSync | undefined>;
  list(repo: string): Promise<StackSync[]>;
  /** Notes a stack as applied and verified: its commit is vouched for from now on. */
  put(sync: Omit<StackSync, 'vouched'>): Promise<void>;
  /**
   * Notes the stacks that a task found in sync, with nothing ignored, as synced to the commit that it planned. Where that is
   * known of a stack already, nothing changes. Only the first sight of a stack vouches for the commit. Safe to run again.
   */
  seenInSync(taskId: string, at: string): Promise<void>;
}

export interface AuditRepository {
  /** Appends to the chain, one writer at a time; returns the record with its hash. */
  append(entry: AuditEntry): Promise<AuditRecord>;
  /** Ascending, after `afterSeq`. */
  list(query: AuditQuery & { afterSeq: number; limit: number }): Promise<AuditRecord[]>;
  /** Newest first, before `beforeSeq`. */
  newest(query: AuditQuery & { beforeSeq?: number; limit: number }): Promise<AuditRecord[]>;
  last(): Promise<AuditRecord | undefined>;
  lastHead(): Promise<AuditHead | undefined>;
  addHead(head: AuditHead): Promise<void>;
  setAnchor(seq: number, anchor: string): Promise<void>;
  /** By seq. */
  heads(): Promise<AuditHead[]>;
}

/** What audit records can be chosen by. */
export interface AuditQuery {
  actor?: string;
  action?: string;
  repo?: string;
  stackKey?: string;
  environment?: string;
  /** ISO 8601, inclusive. */
  from?: string;
  /** ISO 8601, exclusive. */
  to?: string;
}
