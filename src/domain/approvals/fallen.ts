import type { Approval } from './approval.ts';
import { isExpired } from './rules.ts';

/**
 * Why nothing is to become of a sync that an approval has asked for, where what was approved no longer stands: undefined while it
 * does, and once an attempt has used it up, because others may go on behind that. `commit`: of the sync.
 */
export function whyFallen(approval: Approval | undefined, commit: string, now: Date): string | undefined {
  if (!approval || approval.commit !== commit) return 'People are asked about another plan by now.';
  if (approval.status === 'used') return undefined;
  if (isExpired(approval, now)) return `It could not be applied in time (until ${approval.expiresAt}).`;
  switch (approval.status) {
    case 'waiting':
      return 'What people said of it was taken back.';
    case 'rejected':
      return 'It was rejected.';
    case 'dismissed':
      return 'Another plan, or a newer commit, has made it stale.';
    case 'withdrawn':
      return 'Nobody needs it any more.';
    default:
      return undefined;
  }
}
