import { approvalProgress } from '../domain/approvals/rules.ts';
import type { Approval, Decision } from '../domain/approvals/approval.ts';
import type { ApprovalStateJson } from '../workflows/inputs.ts';

/** An approval as people and programs read it. */
export function approvalState(approval: Approval | null, decisions: readonly Decision[]): ApprovalStateJson {
  const progress = approval && approvalProgress(approval, decisions);
  return {
    approval_id: approval?.id ?? null,
    digest: approval?.digest ?? null,
    status: approval?.status ?? 'none',
    approved_by: [...(progress?.approvedBy ?? [])],
    rejected_by: [...(progress?.rejectedBy ?? [])],
    missing: [...(progress?.missing ?? [])],
    expires_at: approval?.expiresAt ?? null,
    refused: null,
  };
}
