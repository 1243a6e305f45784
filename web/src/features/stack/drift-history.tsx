import type { JobJson } from '../../api/types.ts';
import { Commit } from '../../ui/commit.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { StatusBadge } from '../../ui/status-badge.tsx';
import { jobWord } from '../tasks/task-words.ts';
import { DriftBars } from './drift-bars.tsx';
import classes from './drift-history.module.css';

const LISTED = 8;

/** How the stack fared over its newest jobs: a strip of bars, oldest first, and the newest as a list. */
export function DriftHistory({ jobs }: { jobs: readonly JobJson[] }) {
  if (jobs.length === 0) return null;
  return (
    <section className="section" aria-labelledby="history-title">
      <div className="section-head">
        <h2 id="history-title">History of drift</h2>
        <span className="muted num">{jobs.length === 1 ? '1 scan' : `${jobs.length} scans`}</span>
      </div>
      <div className={`card ${classes.card}`}>
        {jobs.length > 1 && <DriftBars jobs={jobs} />}
        <ol className={classes.list}>
          {jobs.slice(0, LISTED).map((job) => (
            <li key={job.id} className={classes.item}>
              <span className={classes.outcome}>
                {job.outcome === null ? (
                  <span className="muted">{jobWord(job.status)}</span>
                ) : (
                  <StatusBadge status={job.outcome} />
                )}
              </span>
              <span className={classes.when}>
                <RelativeTime at={job.ended_at ?? job.created_at} />
              </span>
              <span className={classes.note} title={job.error?.message}>
                {note(job)}
              </span>
              <Commit sha={job.commit} />
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}

function note({ error, outcome, drift, pending }: JobJson): string {
  if (error !== null) return error.code;
  return outcome === null ? '' : `${drift} drift, ${pending} pending`;
}
