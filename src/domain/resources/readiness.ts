import type { StackState } from '../task.ts';
import type { ResourceHealth } from './resource.ts';

/** Whether a stack is what Git says and well, in the words of Kubernetes' conditions, and a sentence about it. */
export interface Readiness {
  ready: 'True' | 'False' | 'Unknown';
  message: string;
}

/** What a stack's readiness goes by. */
export interface ReadyFacts extends Pick<StackState, 'status' | 'drift' | 'pending' | 'commit' | 'error'> {
  /** null: nobody looks at its objects. */
  health: ResourceHealth | null;
}

/**
 * Sums a stack up in one line, as `flux get` does. What could not be found out is never ready; what is still on its way is
 * not known to be.
 */
export function readiness({ status, drift, pending, commit, error, health }: ReadyFacts): Readiness {
  const at = commit === null ? '' : ` at ${commit.slice(0, 12)}`;
  if (status === 'errored') return { ready: 'False', message: error?.message ?? 'It could not be planned' };
  if (status === 'unknown') return { ready: 'Unknown', message: error?.message ?? 'Not scanned yet' };
  if (status !== 'in_sync') return { ready: 'False', message: differing({ drift, pending, at }) };
  if (health === null || health.status === 'healthy') return { ready: 'True', message: `In sync${at}` };
  if (health.status === 'suspended') return { ready: 'True', message: `In sync${at}; ${health.reason}` };
  return { ready: health.status === 'progressing' ? 'Unknown' : 'False', message: health.reason };
}

function differing({ drift, pending, at }: { drift: number; pending: number; at: string }): string {
  const parts = [
    ...(drift > 0 ? [`${drift} drifted`] : []),
    ...(pending > 0 ? [`${pending} pending${at}`] : []),
  ];
  return parts.join(', ');
}
