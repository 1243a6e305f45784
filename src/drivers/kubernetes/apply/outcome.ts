import type { FailedApply } from '../../driver-results.ts';

/** Failures after which a request may have been carried out, although nobody has said so. */
const UNSURE: ReadonlySet<string> = new Set(['kube_unreachable', 'kube_timeout', 'cancelled', 'internal']);

/** What is known of the changes when one of them has failed with this code, and so many are known to have been made. */
export function outcomeOf(code: string, written: number): FailedApply['outcome'] {
  if (UNSURE.has(code)) return 'unknown';
  return written === 0 ? 'not_applied' : 'partial';
}
