import type { StackStatus } from '../domain/stack.ts';

/** What activities count. */
export interface ActivityMetrics {
  taskEnded(event: { repo: string; status: 'completed' | 'failed'; seconds: number }): void;
  jobStarted(event: { repo: string; queueSeconds: number }): void;
  jobEnded(event: {
    repo: string;
    kind: string;
    status: 'completed' | 'failed';
    outcome: StackStatus;
    seconds: number | null;
  }): void;
  driftDetected(event: {
    repo: string;
    /** Left out, or null: the stack belongs to none. */
    environment?: string | null;
    severity: string;
    changes: number;
  }): void;
  /** A sync, reconcile or rollback ended; per environment where it is of one, else with null. */
  syncEnded(event: {
    repo: string;
    environment: string | null;
    status: 'completed' | 'failed' | 'awaiting_approval';
    seconds: number;
  }): void;
  /** A plan got its last approval, `seconds` after its changes were first seen (`Approval.detectedAt`). */
  approved(event: { repo: string; environment: string | null; seconds: number }): void;
  /** A Git host was asked for the newest commit. */
  polled(event: { repo: string; result: 'same' | 'moved' | 'failed' }): void;
  /** Whether a step could use what an earlier plan left. */
  cache(event: { cache: string; hit: boolean }): void;
}
