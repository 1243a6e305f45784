import type { Approval } from '../domain/approvals/approval.ts';
import type { AuditEntry } from '../domain/audit/record.ts';
import type { Store } from './store.ts';

/** How an approval ends. */
interface ApprovalEnd {
  status: 'expired' | 'withdrawn' | 'dismissed';
  reason: string;
  /** ISO 8601. */
  at: string;
  /** The whole record: who ends it, and from where, is known to the caller. */
  entry: (record: Pick<AuditEntry, 'action' | 'result'> & Partial<AuditEntry>) => AuditEntry;
}

/** Ends a live approval and writes down why, in one step; one that has ended stays as it is. Safe to run again. */
export async function endWithRecord(
  { approvals }: Pick<Store, 'approvals'>,
  { id, repo, stackKey, environment, taskId, commit, digest }: Approval,
  { status, reason, at, entry }: ApprovalEnd,
): Promise<Approval> {
  const about = { repo, stackKey, environment, taskId, commit, digest, reason };
  return await approvals.end(id, status, at, () => [
    entry({ ...about, action: `approval.${status}`, result: 'ok', details: { approval: id } }),
  ]);
}
