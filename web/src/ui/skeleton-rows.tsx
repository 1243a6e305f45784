import { Skeleton } from '@mantine/core';
import classes from './skeleton-rows.module.css';

/** Grey rows in the place of data that is on its way. */
export function SkeletonRows({ rows, height, label }: { rows: number; height: number; label: string }) {
  return (
    <div className={classes.rows} role="status" aria-label={label} aria-busy="true">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={height} radius={6} />
      ))}
    </div>
  );
}
