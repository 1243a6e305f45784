import { useEffect, useRef } from 'react';
import type { LogLineJson } from '../../api/types.ts';
import { StackLabel } from '../../ui/stack-label.tsx';
import classes from './task-log.module.css';

/** The live log of a task. It stays at its end, unless the reader has scrolled up. */
export function TaskLog({
  lines,
  ended,
  label = 'Task log',
}: {
  lines: readonly LogLineJson[];
  /** Whether no more lines will come. */
  ended: boolean;
  label?: string;
}) {
  const box = useRef<HTMLDivElement>(null);
  const newest = lines.at(-1)?.seq;
  const atEnd = useRef(true);
  useEffect(() => {
    if (newest !== undefined && box.current && atEnd.current)
      box.current.scrollTop = box.current.scrollHeight;
  }, [newest]);
  return (
    <div
      ref={box}
      className={classes.log}
      role="log"
      aria-label={label}
      aria-live="off"
      tabIndex={0}
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
        atEnd.current = scrollHeight - scrollTop - clientHeight < 24;
      }}
    >
      {lines.length === 0 && <p className={classes.none}>{ended ? 'No lines are kept.' : 'No lines yet.'}</p>}
      {lines.map((line) => (
        <div key={line.seq} className={classes.line} data-kind={line.kind}>
          <time dateTime={line.at} className={classes.time}>
            {clock(line.at)}
          </time>
          {line.stack !== null && (
            <span className={classes.stack}>
              <StackLabel stackKey={line.stack} />
            </span>
          )}
          <span className={classes.message}>
            <bdi>{line.message}</bdi>
          </span>
        </div>
      ))}
    </div>
  );
}

function clock(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : date.toLocaleTimeString('en', { hour12: false });
}
