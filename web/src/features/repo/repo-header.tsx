import { RelativeTime } from '../../ui/relative-time.tsx';
import { SegmentBar } from '../../ui/segment-bar.tsx';
import { SeverityBadge } from '../../ui/severity-badge.tsx';
import { STATUS_LOOKS, STATUS_ORDER } from '../../ui/status.ts';
import type { RepoDetailJson } from '../../api/types.ts';
import { StatusCountList } from '../dashboard/status-count-list.tsx';
import { SyncButton } from '../sync/sync-button.tsx';
import { ScanButton } from '../tasks/scan-button.tsx';
import classes from './repo-header.module.css';

/** A repo's name, state and schedule, with the button that scans it. */
export function RepoHeader({ repo }: { repo: RepoDetailJson }) {
  const segments = STATUS_ORDER.map((status) => ({
    tone: STATUS_LOOKS[status].tone,
    label: STATUS_LOOKS[status].label,
    count: repo.stacks[status],
  }));
  return (
    <header className={classes.header}>
      <div className={classes.top}>
        <div className={classes.title}>
          <h1>{repo.name}</h1>
          <p className={classes.url}>{repo.url}</p>
        </div>
        <div className={classes.buttons}>
          <SyncButton target={{ repo: repo.name }} name={repo.name} />
          <ScanButton repo={repo.name} stack={null} active={repo.active_task} />
        </div>
      </div>
      <div className={`card ${classes.facts}`}>
        <div className={classes.bar}>
          <SegmentBar segments={segments} label={`Stacks of ${repo.name}`} />
          <StatusCountList counts={repo.stacks} total={repo.total} />
        </div>
        <dl className={classes.list}>
          <div>
            <dt>Worst severity</dt>
            <dd>
              <SeverityBadge severity={repo.severity} />
            </dd>
          </div>
          <div>
            <dt>Last scan</dt>
            <dd>
              <RelativeTime at={repo.last_task?.ended_at ?? repo.last_task?.started_at ?? null} />
            </dd>
          </div>
          <div>
            <dt>Schedule</dt>
            <dd>
              {repo.schedule === null ? <span className="muted">none</span> : <code>{repo.schedule}</code>}
            </dd>
          </div>
          <div>
            <dt>Next run</dt>
            <dd>
              <RelativeTime at={repo.next_run} none="not scheduled" />
            </dd>
          </div>
        </dl>
      </div>
    </header>
  );
}
