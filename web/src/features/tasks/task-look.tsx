import type { TaskJson } from '../../api/types.ts';
import badge from '../../ui/status-badge.module.css';
import { TASK_LOOKS } from './task-looks.ts';

/** A task's status as icon and words, in its colour. */
export function TaskLook({ status }: { status: TaskJson['status'] }) {
  const { label, tone, icon: Icon } = TASK_LOOKS[status];
  return (
    <span className={badge.badge} data-tone={tone}>
      <Icon size={15} stroke={2} aria-hidden />
      {label}
    </span>
  );
}
