import type { ReactNode } from 'react';
import classes from './notice.module.css';

/** A boxed message: an empty state, an error or a warning, with what can be done about it. */
export function Notice({
  tone = 'plain',
  icon,
  title,
  children,
  action,
  role,
}: {
  tone?: 'plain' | 'error' | 'warning';
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  role?: 'alert' | 'status';
}) {
  return (
    <div className={classes.notice} data-tone={tone} role={role}>
      {icon !== undefined && <div className={classes.icon}>{icon}</div>}
      <div className={classes.body}>
        <p className={classes.title}>{title}</p>
        {children !== undefined && <div className={classes.text}>{children}</div>}
      </div>
      {action !== undefined && <div className={classes.action}>{action}</div>}
    </div>
  );
}
