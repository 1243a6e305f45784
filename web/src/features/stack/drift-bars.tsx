import type { JobJson } from '../../api/types.ts';
import { statusLook } from '../../ui/status.ts';
import { exactTime } from '../../ui/time.ts';
import classes from './drift-history.module.css';

const HEIGHT_PX = 44;
const LEAST_PX = 6;

/** One bar per job, oldest first; its height follows the number of changes, its colour the outcome. */
export function DriftBars({ jobs }: { jobs: readonly JobJson[] }) {
  const most = Math.max(1, ...jobs.map((job) => job.drift + job.pending));
  const changing = jobs.filter((job) => job.drift > 0).length;
  return (
    <div
      className={classes.bars}
      role="img"
      aria-label={`Changes per scan, oldest first: ${changing} of ${jobs.length} scans found drift, at most ${most} changes`}
    >
      {[...jobs].reverse().map((job) => {
        const changes = job.drift + job.pending;
        const height = LEAST_PX + (HEIGHT_PX - LEAST_PX) * (changes / most);
        return (
          <span key={job.id} className={classes.slot} title={barTitle(job)}>
            <span className={classes.bar} data-tone={statusLook(job.outcome).tone} style={{ height }} />
          </span>
        );
      })}
    </div>
  );
}

function barTitle(job: JobJson): string {
  const when = exactTime(job.ended_at ?? job.created_at);
  return `${statusLook(job.outcome).label}: ${job.drift} drift, ${job.pending} pending\n${when}`;
}
