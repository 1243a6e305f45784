import type { DecidedPlace } from '../order/decided-order.ts';

/** What becomes of a planned stack. */
export const VERDICTS = ['apply', 'wait', 'blocked', 'nothing'] as const;
export type VerdictKind = (typeof VERDICTS)[number];

/** One reason of a verdict: a stable code and a sentence. */
export interface VerdictReason {
  code: string;
  message: string;
}

/** Kept with the job, and shown. */
export interface Verdict {
  kind: VerdictKind;
  reasons: readonly VerdictReason[];
  /** Set when `apply` is due to a rule rather than to people. */
  rule: 'approval' | 'policy' | 'auto_approve_safe' | 'break_glass' | null;
  /** Keys of the stacks that this one waits for, or whose failure blocks it. */
  blockedBy: readonly string[];
  /** Addresses that differed between two plans in a row, of which nobody can agree with one; left out: none did. */
  unstable?: readonly string[];
  /** In a dry run, where nothing is done: what would have become of it. */
  would?: 'apply' | 'wait';
  /** Its place in the order of its task; left out where there is nothing to do, and of tasks that kept their order themselves. */
  place?: DecidedPlace;
  /** What became of an apply, as far as the stacks after it go by that; left out until it has ended. */
  fate?: 'done' | 'failed';
  /** Why an apply came to nothing before its attempt began. */
  outcome?: VerdictOutcome;
}

/** What kept an apply from beginning: the gate, or a failure on the way. */
export interface VerdictOutcome extends VerdictReason {
  status: 'refused' | 'failed';
  /** Of all reasons that the message joins; left out: it is of the one code. */
  codes?: readonly string[];
}
