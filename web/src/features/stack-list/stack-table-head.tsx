import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import type { SortKey, StackOrder } from './stack-order.ts';
import classes from './stack-table.module.css';

const COLUMNS: readonly { label: string; sort?: SortKey; end?: boolean }[] = [
  { label: 'Status', sort: 'status' },
  { label: 'Stack', sort: 'stack' },
  { label: 'Severity', sort: 'severity' },
  { label: 'Drift', sort: 'drift', end: true },
  { label: 'Pending', sort: 'pending', end: true },
  { label: 'Kind' },
  { label: 'Commit' },
  { label: 'Last scan', sort: 'scanned' },
];

/** The table's head: a column that can order the table is a button. */
export function StackTableHead({
  order,
  sortBy,
}: {
  order: StackOrder;
  /** null where the head is only heard, not seen. */
  sortBy: ((key: SortKey) => void) | null;
}) {
  return (
    <div role="rowgroup" className={classes.head}>
      <div role="row" className={classes.columns} aria-rowindex={1}>
        {COLUMNS.map(({ label, sort, end }) => (
          <div
            key={label}
            role="columnheader"
            className={end ? classes.end : undefined}
            aria-sort={order.key === sort ? (order.descending ? 'descending' : 'ascending') : undefined}
          >
            {sort === undefined || sortBy === null ? (
              label
            ) : (
              <button type="button" className={classes.sort} onClick={() => sortBy(sort)}>
                {label}
                {order.key === sort && <Direction descending={order.descending} />}
              </button>
            )}
          </div>
        ))}
      </div>
    </div>
  );
}

function Direction({ descending }: { descending: boolean }) {
  return descending ? <IconArrowDown size={13} aria-hidden /> : <IconArrowUp size={13} aria-hidden />;
}
