import type { Severity } from '../change.ts';

/** Which stacks an environment draws from one repo. */
export interface EnvironmentSource {
  /** A repo's name; null: every repo that has such folders. */
  repo: string | null;
  /** Branch, tag or commit whose stacks these are; null: the repo's own branch. */
  ref: string | null;
  /** Globs over stack paths; empty: every stack of that repo and ref. */
  paths: readonly string[];
}

/** A window of time in which syncs are allowed or denied. */
export interface SyncWindow {
  kind: 'allow' | 'deny';
  /** Five-field cron expression: when the window opens. */
  schedule: string;
  durationMs: number;
  /** IANA name, such as `Europe/Berlin`. */
  timeZone: string;
  /** Whether what a person asked for may go through a closed window. */
  manual: boolean;
}

/** Who has to agree before a plan of an environment is applied. */
export interface ApprovalPolicy {
  /** Approvals needed; 0: none. */
  required: number;
  /** Ask only from this severity on; null: whatever the severity. Destroys and replacements ask by `destroys`. */
  fromSeverity: Severity | null;
  /** Destroys and replacements need approval even where updates don't. */
  destroys: boolean;
  /** The config itself says so: then one person is asked even where nobody else is. Left out: it is the default. */
  destroysAlways?: true;
  /** Each of these teams must have approved with one of its members, who count for `required`, too. */
  teams: readonly string[];
  requireCodeOwners: boolean;
  /** Somebody other than the last pusher must have approved. */
  requireLastPushApproval: boolean;
  /**
   * Approvals also fall when a newer commit touches what the stack reads and the plan's digest stays. Another digest dismisses
   * them in any case.
   */
  dismissStale: boolean;
  /** A waiting approval ends after this time; null: never. */
  expiresAfterMs: number | null;
  /** Reminded after this time, and again; null: never. */
  remindEveryMs: number | null;
  /** Named in the reminder after this time; null: nobody. */
  escalateAfterMs: number | null;
  escalateTo: readonly string[];
}

/** `limit` retries after the first try; the n-th waits `min(max, duration · factor^n)`. */
export interface RetryPolicy {
  limit: number;
  durationMs: number;
  factor: number;
  maxDurationMs: number;
}

/** How an environment is kept. */
export interface EnvironmentPolicy {
  /** What happens without a person's word; null: nothing. */
  automated: {
    /** Whether deletions are applied without a person. */
    prune: boolean;
    /** Whether drift is repaired without a person. */
    selfHeal: boolean;
    /** Whether a plan may leave a stack with nothing. */
    allowEmpty: boolean;
  } | null;
  approvals: ApprovalPolicy;
  windows: readonly SyncWindow[];
  /** Nothing is applied; null: no freeze. */
  freeze: { reason: string; until: string | null } | null;
  /** A plan that destroys more is blocked: a number, and a share (0–100) of the stack's resources. */
  maxDestroys: { count: number | null; percent: number | null };
  /** Plans whose every changed file matches and whose every change is at most this severe need no person; null: off. */
  autoApproveSafe: { patterns: readonly string[]; maxSeverity: Severity } | null;
  retry: RetryPolicy;
  /** Whether a failed verification rolls back by itself. */
  autoRollback: boolean;
  requireSignedCommits: boolean;
  /** A command that must succeed after an apply, in the stack's folder; null: none. */
  validate: readonly string[] | null;
  /** Tool queue of this environment's stacks; null: the common one. */
  queue: string | null;
}

/** A named set of stacks with one policy. */
export interface EnvironmentSettings {
  /** In lower case, its one name (see `environmentName`). */
  name: string;
  aliases: readonly string[];
  sources: readonly EnvironmentSource[];
  /** Lower ones are synced first: development before staging before production. */
  order: number;
  policy: EnvironmentPolicy;
}
