import type { Failure } from './task.ts';

export const ATTEMPT_STATUSES = [
  'started',
  'applied',
  'not_applied',
  'partial',
  'failed',
  'unknown',
  'refused',
] as const;
/** `started` until it is known what became of it. `unknown` blocks the stack until somebody, or recovery, says more. */
export type AttemptStatus = (typeof ATTEMPT_STATUSES)[number];

/** What allowed an attempt. */
export const ATTEMPT_RULES = ['approval', 'policy', 'auto_approve_safe', 'break_glass'] as const;
export type AttemptRule = (typeof ATTEMPT_RULES)[number];

/** The process that works on an attempt, so that a successor can tell whether that very process still runs. */
export interface AttemptProcess {
  host: string;
  pid: number;
  /** The system's own words for when it started. */
  startedAt: string;
  /** Changes with every start of the machine. */
  bootId: string;
  /** PIDs mean something only inside their namespace. */
  pidNamespace: string;
}

/** One try to change something real: recorded before it starts, closed with what is known afterwards. */
export interface Attempt {
  id: string;
  kind: 'apply' | 'rollback';
  repo: string;
  stackKey: string;
  taskId: string;
  jobId: string;
  digest: string;
  commit: string;
  rule: AttemptRule;
  /** Of `break_glass`: who ordered it, and why. Attempts of earlier versions do not say. */
  emergency?: { by: string; reason: string };
  /** The approval that it used up. */
  approvalId: string | null;
  status: AttemptStatus;
  /** Of the lease that it holds: greater than that of every earlier attempt of the stack. */
  fence: number;
  worker: AttemptProcess;
  /** The tool's process group, once it runs. */
  tool: AttemptProcess | null;
  /** Absolute path of the file that the tool writes its output to. */
  outputPath: string | null;
  backupId: string | null;
  startedAt: string;
  endedAt: string | null;
  /** What is known: a sentence for people. */
  summary: string;
  error: Failure | null;
}

/** What is known of a job's attempt; nulls: it was never begun. */
export interface FoundAttempt {
  attempt_id: string | null;
  status: string | null;
  /** Whose workers look after it by now; left out: any, and in histories of earlier releases. */
  queue?: string | undefined;
}

/** Who may work on a stack. A stack whose lease is held is touched by nobody else. */
export interface Lease {
  /** The entry of `repos[]`: its branches share their stacks' leases. The holder's own repo stands in its attempt. */
  repo: string;
  stackKey: string;
  fence: number;
  attemptId: string;
  worker: AttemptProcess;
  takenAt: string;
  renewedAt: string;
}

/** A state as it was before an attempt; its content is an encrypted artifact of the job. */
export interface Backup {
  id: string;
  repo: string;
  stackKey: string;
  jobId: string;
  attemptId: string | null;
  /** Artifact digest. */
  content: string;
  lineage: string;
  serial: number;
  commit: string;
  createdAt: string;
}
