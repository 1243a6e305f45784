import { Link } from 'react-router';
import { repoPage } from '../../api/paths.ts';
import type { RepoJson } from '../../api/types.ts';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { SegmentBar } from '../../ui/segment-bar.tsx';
import { SeverityBadge } from '../../ui/severity-badge.tsx';
import { STATUS_LOOKS, STATUS_ORDER } from '../../ui/status.ts';
import { TaskProgress } from '../tasks/task-progress.tsx';
import { taskSentence } from '../tasks/task-words.ts';
import { StatusCountList } from './status-count-list.tsx';
import classes from './repo-section.module.css';

/** One repo: its stacks by status, worst severity, last scan, next run, and its running task. */
export function RepoRow({ repo }: { repo: RepoJson }) {
  const segments = STATUS_ORDER.map((status) => ({
    tone: STATUS_LOOKS[status].tone,
    label: STATUS_LOOKS[status].label,
    count: repo.stacks[status],
  }));
  return (
    <li className={classes.row}>
      <div className={classes.name}>
        <Link to={repoPage(repo.name)} className={classes.link}>
          {repo.name}
        </Link>
        <span className={classes.url} title={repo.url}>
          {repo.url}
        </span>
      </div>
      <div className={classes.bar}>
        <SegmentBar segments={segments} label={`Stacks of ${repo.name}`} />
        <StatusCountList counts={repo.stacks} total={repo.total} />
      </div>
      <div className={classes.severity}>
        <SeverityBadge severity={repo.severity} />
      </div>
      {repo.active_task === null ? (
        <dl className={classes.times}>
          <div>
            <dt>Last scan</dt>
            <dd>
              <RelativeTime at={repo.last_task?.ended_at ?? repo.last_task?.started_at ?? null} />
              {repo.last_task?.status === 'failed' && <span className={classes.failed}> failed</span>}
            </dd>
          </div>
          <div>
            <dt>Next run</dt>
            <dd>
              <RelativeTime at={repo.next_run} none="not scheduled" />
            </dd>
          </div>
        </dl>
      ) : (
        <div className={classes.task}>
          <span className={classes.sentence}>{taskSentence(repo.active_task)}</span>
          <TaskProgress task={repo.active_task} thin />
        </div>
      )}
    </li>
  );
}
