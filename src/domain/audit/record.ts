import type { JsonObject } from '../json.ts';

/** What can stand in an audit record's `action`. */
export const AUDIT_ACTIONS = [
  'task.requested',
  'task.started',
  'task.cancelled',
  'request.dropped',
  'task.ended',
  'plan.presented',
  'decision.approved',
  'decision.rejected',
  'decision.withdrawn',
  'decision.refused',
  'approval.dismissed',
  'approval.expired',
  'approval.withdrawn',
  'approval.reminded',
  'approval.escalated',
  'apply.started',
  'apply.ended',
  'apply.refused',
  'rollback.started',
  'rollback.reverted',
  'rollback.ended',
  'hold.placed',
  'hold.released',
  'lock.released',
  'login',
  'access.refused',
  'config.published',
  'audit.verified',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** What is written down; times ISO 8601. No secrets, ever. */
export interface AuditEntry {
  at: string;
  /** Who: a person's ID, or `plumbline` for what happens by itself. */
  actor: string;
  action: AuditAction;
  repo: string | null;
  stackKey: string | null;
  environment: string | null;
  taskId: string | null;
  commit: string | null;
  digest: string | null;
  /** `ok`, `refused`, `failed`, `unknown`. */
  result: string;
  /** Why: a reason that was given, a refusal's message. */
  reason: string;
  /** From where: `api 10.0.0.7`, `cli`, `schedule`, `signal`. */
  source: string;
  /**
   * Facts beside these. Keys that reports read: `rule` of `apply.started` (an `AttemptRule`) with `emergency_reason`; `code`
   * of a refusal, with the `codes` of all reasons that it joins; `authors`, `pusher`, `started_by` of `plan.presented`; `aliases` and `signed` of decisions.
   */
  details: JsonObject;
}

/** A link of the chain. */
export interface AuditRecord extends AuditEntry {
  /** From 1, without gaps. */
  seq: number;
  /** The hash of the record before; 64 zeros for the first. */
  previous: string;
  /** SHA-256 (hex) over the RFC 8785 canonical JSON of the entry with `seq` and `previous`. */
  hash: string;
}

/** A signed point of the chain: what came before can't be changed without being noticed. */
export interface AuditHead {
  seq: number;
  hash: string;
  at: string;
  /** Ed25519, base64url. */
  signature: string;
  keyId: string;
  /** Where it was written outside the store, such as a file or a Git ref; empty: nowhere yet. */
  anchor: string;
}
