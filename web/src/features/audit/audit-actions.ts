/** What can stand in a record's `action`, with what people call it. */
export const AUDIT_ACTIONS: readonly { value: string; label: string }[] = [
  { value: 'task.requested', label: 'Task asked for' },
  { value: 'task.started', label: 'Task started' },
  { value: 'task.cancelled', label: 'Task cancelled' },
  { value: 'request.dropped', label: 'Request dropped' },
  { value: 'task.ended', label: 'Task ended' },
  { value: 'plan.presented', label: 'Plan presented' },
  { value: 'decision.approved', label: 'Approved' },
  { value: 'decision.rejected', label: 'Rejected' },
  { value: 'decision.withdrawn', label: 'Decision taken back' },
  { value: 'decision.refused', label: 'Decision refused' },
  { value: 'approval.dismissed', label: 'Approval made stale' },
  { value: 'approval.expired', label: 'Approval expired' },
  { value: 'approval.withdrawn', label: 'Approval no longer needed' },
  { value: 'approval.reminded', label: 'People reminded' },
  { value: 'approval.escalated', label: 'Approval escalated' },
  { value: 'apply.started', label: 'Apply started' },
  { value: 'apply.ended', label: 'Apply ended' },
  { value: 'apply.refused', label: 'Apply refused' },
  { value: 'rollback.started', label: 'Rollback started' },
  { value: 'rollback.reverted', label: 'Git rolled back' },
  { value: 'rollback.ended', label: 'Rollback ended' },
  { value: 'hold.placed', label: 'Paused or pinned' },
  { value: 'hold.released', label: 'Hold released' },
  { value: 'lock.released', label: 'Lock released' },
  { value: 'login', label: 'Login' },
  { value: 'access.refused', label: 'Access refused' },
  { value: 'config.published', label: 'Config published' },
  { value: 'audit.verified', label: 'Audit verified' },
];

const LABELS = new Map(AUDIT_ACTIONS.map(({ value, label }) => [value, label]));

/** An action in words; one that is not known stands as it is. */
export function actionLabel(action: string): string {
  return LABELS.get(action) ?? action;
}
