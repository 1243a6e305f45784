import type { Severity } from '../api/types.ts';
import classes from './severity-badge.module.css';

const LABELS: Record<Severity, string> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
};
const BARS: Record<Severity, number> = { critical: 4, high: 3, medium: 2, low: 1 };

/** A severity as one to four bars and its word; a dash when there is none. */
export function SeverityBadge({ severity, title }: { severity: string | null; title?: string }) {
  if (severity === null || !(severity in LABELS)) {
    return (
      <span className="muted">
        <span aria-hidden>–</span>
        <span className="sr-only">no severity</span>
      </span>
    );
  }
  const level = severity as Severity;
  return (
    <span className={classes.badge} data-level={level} title={title}>
      <svg width="15" height="14" viewBox="0 0 15 14" aria-hidden>
        {[0, 1, 2, 3].map((bar) => (
          <rect
            key={bar}
            x={bar * 4}
            y={10 - bar * 3}
            width="3"
            height={4 + bar * 3}
            rx="0.8"
            className={bar < BARS[level] ? classes.on : classes.off}
          />
        ))}
      </svg>
      {LABELS[level]}
    </span>
  );
}
