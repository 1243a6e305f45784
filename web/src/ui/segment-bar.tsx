import classes from './segment-bar.module.css';

/** One part of a bar. `tone` is the name of a status colour. */
export interface Segment {
  tone: string;
  label: string;
  count: number;
}

/** Parts of a whole as a thin bar. The words of all parts are its text alternative. */
export function SegmentBar({ segments, label }: { segments: readonly Segment[]; label: string }) {
  const shown = segments.filter((segment) => segment.count > 0);
  const words = shown.map((segment) => `${segment.count} ${segment.label.toLowerCase()}`).join(', ');
  return (
    <span className={classes.bar} role="img" aria-label={`${label}: ${words || 'none'}`} title={words}>
      {shown.map((segment) => (
        <span
          key={segment.tone}
          className={classes.part}
          data-tone={segment.tone}
          style={{ flexGrow: segment.count }}
        />
      ))}
    </span>
  );
}
