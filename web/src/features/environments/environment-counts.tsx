import type { EnvironmentJson } from '../../api/types.ts';
import classes from './environments.module.css';

/** How many stacks an environment has, and how many of them need something. */
export function EnvironmentCounts({ environment }: { environment: EnvironmentJson }) {
  const counts = [
    ['stacks', environment.stacks, 'plain'],
    ['drifted', environment.drifted, 'drifted'],
    ['pending', environment.pending, 'pending'],
    ['waiting', environment.waiting, 'waiting'],
  ] as const;
  return (
    <dl className={classes.counts}>
      {counts.map(([label, count, tone]) => (
        <div key={label} data-tone={tone} data-zero={count === 0 || undefined}>
          <dt>{label}</dt>
          <dd className="num">{count}</dd>
        </div>
      ))}
    </dl>
  );
}
