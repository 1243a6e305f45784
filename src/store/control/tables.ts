import type { ApprovalStatus, Decision } from '../../domain/approvals/approval.ts';
import type { Attempt, AttemptRule, AttemptStatus } from '../../domain/attempt.ts';
import type { AuditAction } from '../../domain/audit/record.ts';
import type { Severity } from '../../domain/change.ts';
import type { Hold } from '../../domain/eligibility/hold.ts';
import type { VerdictKind } from '../../domain/eligibility/verdict.ts';

type JsonText = string;
type TimeText = string;

export interface ApprovalTable {
  id: string;
  repo: string;
  stack_key: string;
  environment: string | null;
  task_id: string;
  job_id: string;
  commit: string;
  digest: string;
  status: ApprovalStatus;
  severity: Severity | null;
  actions: JsonText;
  requirement: JsonText;
  reasons: JsonText;
  authors: JsonText;
  pusher: string | null;
  started_by: string;
  /** Null: nobody else. */
  others: JsonText | null;
  detected_at: TimeText;
  presented_at: TimeText;
  expires_at: TimeText | null;
  decided_at: TimeText | null;
  replaces: JsonText | null;
  attempt_id: string | null;
  /** Null: nobody was reminded. */
  reminders: JsonText | null;
}

export interface DecisionTable {
  id: string;
  approval_id: string;
  /** From 1 within its approval: the order in which they were taken. */
  ordinal: number;
  repo: string;
  stack_key: string;
  digest: string;
  kind: Decision['kind'];
  by: string;
  teams: JsonText;
  aliases: JsonText;
  reason: string;
  at: TimeText;
  via: string;
  signature: string | null;
  withdrawn_at: TimeText | null;
}

export interface AttemptTable {
  id: string;
  kind: Attempt['kind'];
  repo: string;
  stack_key: string;
  task_id: string;
  job_id: string;
  digest: string;
  commit: string;
  rule: AttemptRule;
  /** Null: it was none. */
  emergency: JsonText | null;
  approval_id: string | null;
  status: AttemptStatus;
  fence: number;
  worker: JsonText;
  tool: JsonText | null;
  output_path: string | null;
  backup_id: string | null;
  started_at: TimeText;
  ended_at: TimeText | null;
  summary: string;
  error_code: string | null;
  error_message: string | null;
}

/** One row for each stack that was ever worked on: the fence outlives the lease. */
export interface LeaseTable {
  repo: string;
  stack_key: string;
  fence: number;
  /** Null: nobody holds it. */
  attempt_id: string | null;
  worker: JsonText;
  taken_at: TimeText;
  renewed_at: TimeText;
}

export interface BackupTable {
  id: string;
  repo: string;
  stack_key: string;
  job_id: string;
  attempt_id: string | null;
  content: string;
  lineage: string;
  serial: number;
  commit: string;
  created_at: TimeText;
}

export interface VerdictTable {
  job_id: string;
  kind: VerdictKind;
  verdict: JsonText;
}

export interface HoldTable {
  id: string;
  kind: Hold['kind'];
  scope: Hold['scope'];
  repo: string | null;
  name: string;
  commit: string | null;
  merge: JsonText | null;
  reason: string;
  by: string;
  at: TimeText;
  released_at: TimeText | null;
  released_by: string | null;
}

export interface SyncTable {
  repo: string;
  stack_key: string;
  commit: string;
  digest: string;
  at: TimeText;
  attempt_id: string;
  heals: JsonText;
  /** Null: in a store of before it was noted. */
  vouched: string | null;
}

/** The hash-chained log: rows are added and never changed, which triggers make sure of. */
export interface AuditTable {
  seq: number;
  at: TimeText;
  actor: string;
  action: AuditAction;
  repo: string | null;
  stack_key: string | null;
  environment: string | null;
  task_id: string | null;
  commit: string | null;
  digest: string | null;
  result: string;
  reason: string;
  source: string;
  /** Canonical JSON. */
  details: JsonText;
  previous: string;
  hash: string;
}

export interface AuditHeadTable {
  seq: number;
  hash: string;
  at: TimeText;
  signature: string;
  key_id: string;
  anchor: string;
}

/** The tables for changing things safely. */
export interface ControlTables {
  approvals: ApprovalTable;
  decisions: DecisionTable;
  attempts: AttemptTable;
  leases: LeaseTable;
  backups: BackupTable;
  verdicts: VerdictTable;
  holds: HoldTable;
  syncs: SyncTable;
  audit: AuditTable;
  audit_heads: AuditHeadTable;
}
