import { memo } from 'react';
import { Link } from 'react-router';
import { stackPage } from '../../api/paths.ts';
import type { StackJson } from '../../api/types.ts';
import { Commit } from '../../ui/commit.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { SeverityBadge } from '../../ui/severity-badge.tsx';
import { StackLabel } from '../../ui/stack-label.tsx';
import { stackName } from '../../ui/stack-name.ts';
import { StatusBadge } from '../../ui/status-badge.tsx';
import classes from './stack-table.module.css';

/** One stack of the table, at `top` pixels in it. */
export const StackRow = memo(function StackRow({
  stack,
  index,
  top,
  height,
  showRepo,
}: {
  stack: StackJson;
  index: number;
  top: number;
  height: number;
  showRepo: boolean;
}) {
  // What could not be planned has no counts, which is not the same as none.
  const known = stack.status !== 'errored' && stack.status !== 'unknown';
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={`${classes.columns} ${classes.row}`}
      style={{ top, height }}
    >
      <div role="cell" className={classes.status}>
        <StatusBadge status={stack.status} />
      </div>
      <div role="cell" className={classes.name}>
        <Link
          to={stackPage(stack.repo, stack.key)}
          data-row-link
          className={classes.link}
          title={stackName(stack.key)}
        >
          {showRepo && <span className={classes.repo}>{stack.repo} / </span>}
          <StackLabel stackKey={stack.key} />
        </Link>
        <Detail stack={stack} />
      </div>
      <div role="cell" className={classes.severity}>
        <SeverityBadge severity={stack.severity} />
      </div>
      <Count value={known ? stack.drift : null} label="drift" />
      <Count value={known ? stack.pending : null} label="pending" />
      <div role="cell" className={classes.kind}>
        {stack.kind}
      </div>
      <div role="cell" className={classes.commit}>
        <Commit sha={stack.commit} />
      </div>
      <div role="cell" className={classes.scanned}>
        <RelativeTime at={stack.scanned_at} />
      </div>
    </div>
  );
});

function Count({ value, label }: { value: number | null; label: string }) {
  return (
    <div role="cell" className={`${classes.end} ${classes.count} num`} data-zero={!value || undefined}>
      {value === null ? <Unknown /> : value} <span className={classes.unit}>{label}</span>
    </div>
  );
}

function Unknown() {
  return (
    <>
      <span aria-hidden>–</span>
      <span className="sr-only">not known</span>
    </>
  );
}

function Detail({ stack }: { stack: StackJson }) {
  if (stack.error !== null) {
    return (
      <span className={classes.error} title={`${stack.error.code}: ${stack.error.message}`}>
        {stack.error.message}
      </span>
    );
  }
  if (stack.oscillating) {
    return <span className={classes.error}>oscillating: its repairs do not hold</span>;
  }
  if (stack.drifted_since !== null) {
    return (
      <span className={classes.detail}>
        drifted since <RelativeTime at={stack.drifted_since} />
      </span>
    );
  }
  return null;
}
