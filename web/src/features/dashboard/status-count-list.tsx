import type { StatusCounts } from '../../api/types.ts';
import { STATUS_LOOKS, STATUS_ORDER } from '../../ui/status.ts';
import classes from './status-count-list.module.css';

/** The counts under a repo's bar, icon and number each; statuses without stacks are left out. */
export function StatusCountList({ counts, total }: { counts: StatusCounts; total: number }) {
  if (total === 0) return <span className={classes.none}>no stacks known, not scanned yet</span>;
  return (
    <ul className={classes.counts}>
      {STATUS_ORDER.filter((status) => counts[status] > 0).map((status) => {
        const look = STATUS_LOOKS[status];
        const Icon = look.icon;
        return (
          <li key={status} data-tone={look.tone} title={`${counts[status]} ${look.label.toLowerCase()}`}>
            <Icon size={13} stroke={2} aria-hidden />
            <span className="num">{counts[status]}</span>
            <span className={classes.word}>{look.label.toLowerCase()}</span>
          </li>
        );
      })}
    </ul>
  );
}
