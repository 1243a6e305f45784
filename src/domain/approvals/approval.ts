import type { Severity } from '../change.ts';

export const APPROVAL_STATUSES = [
  'waiting',
  'approved',
  'rejected',
  'expired',
  'dismissed',
  'used',
  'withdrawn',
] as const;
/**
 * `waiting` → `approved` → `used` (by one attempt). `rejected` blocks until the rejection is withdrawn. `dismissed`:
 * another plan took its place. `expired`: nobody decided in time. `withdrawn`: there is nothing to apply any more.
 */
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

/** Of approvals that have not ended: people are asked, or what they said still counts. */
export const LIVE_STATUSES = ['waiting', 'approved', 'rejected'] as const satisfies readonly ApprovalStatus[];

/** Approvals that are open at once, and looked through together, at most. */
export const MOST_APPROVALS = 5_000;

/** Whether an approval has not ended. */
export function isLive({ status }: { status: ApprovalStatus }): boolean {
  return (LIVE_STATUSES as readonly ApprovalStatus[]).includes(status);
}

/** What is needed for one plan, worked out when it was presented. */
export interface ApprovalRequirement {
  required: number;
  teams: readonly string[];
  /** For each changed file that has owners, any one of them is enough: `@team` or a person. Empty: not asked for. */
  codeOwners: readonly { path: string; owners: readonly string[] }[];
  requireLastPushApproval: boolean;
}

/** Somebody who has to do with a plan beside its authors. An empty name: somebody has, and nobody knows who. */
export interface OtherStake {
  did: 'started' | 'pushed';
  by: string;
}

/** The waiting for people about one stack's present plan. */
export interface Approval {
  /** `<job ID>`: the job that made the plan. */
  id: string;
  repo: string;
  stackKey: string;
  environment: string | null;
  taskId: string;
  jobId: string;
  commit: string;
  /** The plan that is decided on. */
  digest: string;
  status: ApprovalStatus;
  severity: Severity | null;
  /** Counts for lists: `{update: 2, delete: 1}`. */
  actions: Readonly<Record<string, number>>;
  requirement: ApprovalRequirement;
  /** Why people are asked, in words. */
  reasons: readonly string[];
  /** Who wrote what would be applied (aliases in lower case): they can't approve it. */
  authors: readonly string[];
  /** Who pushed last, where that is known. */
  pusher: string | null;
  /** Who started the task; empty when nobody is named. */
  startedBy: string;
  /** Who else has started or pushed what is decided on: tasks that found the same plan again, and requests that became one. */
  others?: readonly OtherStake[];
  /** When the changes were first seen: what approval time is measured from. ISO 8601. */
  detectedAt: string;
  presentedAt: string;
  expiresAt: string | null;
  decidedAt: string | null;
  /** The approval whose place this one took, and what moved since. */
  replaces: { id: string; digest: string; moved: readonly string[] } | null;
  /** The attempt that used it up. */
  attemptId: string | null;
  /** Left out: nobody was reminded. */
  reminders?: Reminders;
}

/** Who was told that an approval waits; times ISO 8601. */
export interface Reminders {
  /** How often those who are missing were reminded. */
  times: number;
  lastAt: string | null;
  /** When others were asked, because it waited too long. */
  escalatedAt: string | null;
  escalatedTo: readonly string[];
}

/** One person's word about one digest. */
export interface Decision {
  id: string;
  approvalId: string;
  repo: string;
  stackKey: string;
  digest: string;
  kind: 'approve' | 'reject';
  by: string;
  teams: readonly string[];
  aliases: readonly string[];
  reason: string;
  at: string;
  /** `api`, `cli`, `ui`, `signal`. */
  via: string;
  /** Ed25519 over `decisionText`, base64url; null for an unsigned signal where that is allowed. */
  signature: string | null;
  /** Set when the person took it back. */
  withdrawnAt: string | null;
}

/** Why a decision is refused: a stable code, and a sentence for the person. */
export interface DecisionRefusal {
  code:
    | 'own_change'
    | 'already_decided'
    | 'nothing_to_withdraw'
    | 'stale_digest'
    | 'not_waiting'
    | 'expired'
    | 'not_entitled'
    | 'machine'
    | 'reason_needed'
    | 'unsigned'
    | 'forged'
    | 'signed_too_long_ago'
    | 'signed_ahead';
  message: string;
}

/** How far an approval is. */
export interface ApprovalProgress {
  approved: boolean;
  rejectedBy: readonly string[];
  approvedBy: readonly string[];
  /** What is still missing, in words, such as `one more approval` or `an approval of team security`. */
  missing: readonly string[];
}
