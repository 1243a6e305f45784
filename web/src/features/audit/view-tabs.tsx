import type { Compliance } from '../../api/types.ts';
import { FRAMEWORKS } from './report-words.ts';
import classes from './audit.module.css';

/** Records, or the report of one framework. */
export function ViewTabs({
  chosen,
  onChoose,
}: {
  chosen: Compliance | null;
  onChoose: (next: Compliance | null) => void;
}) {
  const views: { value: Compliance | null; label: string }[] = [
    { value: null, label: 'Records' },
    ...Object.entries(FRAMEWORKS).map(([value, name]) => ({
      value: value as Compliance,
      label: `${name} report`,
    })),
  ];
  return (
    <div className={classes.views} role="group" aria-label="View">
      {views.map(({ value, label }) => (
        <button
          key={label}
          type="button"
          className={classes.view}
          aria-pressed={value === chosen}
          onClick={() => onChoose(value)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
