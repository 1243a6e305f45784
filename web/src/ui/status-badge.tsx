import { statusLook } from './status.ts';
import classes from './status-badge.module.css';

/** A status as icon and words, in its colour. */
export function StatusBadge({ status, filled = false }: { status: string | null; filled?: boolean }) {
  const look = statusLook(status);
  const Icon = look.icon;
  return (
    <span
      className={classes.badge}
      data-tone={look.tone}
      data-filled={filled || undefined}
      title={look.meaning}
    >
      <Icon size={15} stroke={2} aria-hidden />
      {look.label}
    </span>
  );
}
