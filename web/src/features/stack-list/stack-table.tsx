import { useMediaQuery } from '@mantine/hooks';
import { useRef } from 'react';
import type { StackJson } from '../../api/types.ts';
import { useWindowedRows } from '../../ui/use-windowed-rows.ts';
import { StackRow } from './stack-row.tsx';
import { StackTableHead } from './stack-table-head.tsx';
import type { SortKey, StackOrder } from './stack-order.ts';
import classes from './stack-table.module.css';

const WIDE_ROW_PX = 52;
const NARROW_ROW_PX = 106;

/** Stacks as a table. Only the rows in sight are in the document, so that thousands of stacks stay quick. */
export function StackTable({
  stacks,
  order,
  sortBy,
  showRepo,
  label,
}: {
  stacks: readonly StackJson[];
  order: StackOrder;
  sortBy: (key: SortKey) => void;
  showRepo: boolean;
  label: string;
}) {
  const narrow = useMediaQuery('(max-width: 860px)', false, { getInitialValueInEffect: false });
  const rowHeight = narrow ? NARROW_ROW_PX : WIDE_ROW_PX;
  const body = useRef<HTMLDivElement>(null);
  const { start, end } = useWindowedRows(body, stacks.length, rowHeight);
  return (
    <div
      className={`card ${classes.table}`}
      role="table"
      aria-label={label}
      aria-rowcount={stacks.length + 1}
    >
      <StackTableHead order={order} sortBy={narrow ? null : sortBy} />
      <div ref={body} className={classes.body} role="rowgroup" style={{ height: stacks.length * rowHeight }}>
        {stacks.slice(start, end).map((stack, offset) => (
          <StackRow
            key={`${stack.repo}/${stack.key}`}
            stack={stack}
            index={start + offset}
            top={(start + offset) * rowHeight}
            height={rowHeight}
            showRepo={showRepo}
          />
        ))}
      </div>
    </div>
  );
}
