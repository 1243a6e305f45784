import type { ApprovalStatus } from '../../api/types.ts';
import badge from '../../ui/status-badge.module.css';
import { APPROVAL_LOOKS } from './approval-words.ts';

/** An approval's status as icon and word, in its colour. */
export function ApprovalStatusBadge({ status }: { status: ApprovalStatus }) {
  const look = APPROVAL_LOOKS[status];
  const Icon = look.icon;
  return (
    <span className={badge.badge} data-tone={look.tone} data-filled title={look.meaning}>
      <Icon size={15} stroke={2} aria-hidden />
      {look.label}
    </span>
  );
}
