import { useMemo } from 'react';
import type { StackJson } from '../../api/types.ts';
import { STATUS_LOOKS } from '../../ui/status.ts';
import { countByFilter, STATUS_FILTERS, type StatusFilter } from '../stack-list/stack-filters.ts';
import classes from './totals.module.css';

/** How many stacks there are of each status; each number filters the page to its stacks, and a second press undoes it. */
export function Totals({
  stacks,
  chosen,
  onChoose,
}: {
  stacks: readonly StackJson[];
  chosen: readonly StatusFilter[];
  onChoose: (status: StatusFilter[]) => void;
}) {
  const counts = useMemo(() => countByFilter(stacks), [stacks]);
  return (
    <div className={classes.totals} role="group" aria-label="Stacks by status">
      {STATUS_FILTERS.map((status) => {
        const look = STATUS_LOOKS[status];
        const Icon = look.icon;
        const only = chosen.length === 1 && chosen[0] === status;
        return (
          <button
            key={status}
            type="button"
            className={`card ${classes.total}`}
            data-tone={look.tone}
            data-zero={counts[status] === 0 || undefined}
            aria-pressed={chosen.includes(status)}
            title={look.meaning}
            onClick={() => onChoose(only ? [] : [status])}
          >
            <span className={`${classes.count} num`}>{counts[status].toLocaleString('en')}</span>
            <span className={classes.label}>
              <Icon size={16} stroke={2} aria-hidden />
              {look.label}
            </span>
          </button>
        );
      })}
    </div>
  );
}
