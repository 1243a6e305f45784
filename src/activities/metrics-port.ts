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
  driftDetected(event: { repo: string; severity: string; changes: number }): void;
  /** Whether a step could use what an earlier plan left. */
  cache(event: { cache: string; hit: boolean }): void;
}
