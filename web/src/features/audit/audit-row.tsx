import { IconChevronRight } from '@tabler/icons-react';
import { Link } from 'react-router';
import { repoPage, stackPage, taskPage } from '../../api/paths.ts';
import type { AuditRecordJson } from '../../api/types.ts';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { actionLabel } from './audit-actions.ts';
import classes from './audit.module.css';

/** One record in a line; opened, all that it says and its place in the chain. */
export function AuditRow({ record }: { record: AuditRecordJson }) {
  return (
    <li className={classes.record}>
      <details>
        <summary className={classes.line}>
          <IconChevronRight size={15} className={classes.chevron} aria-hidden />
          <span className={`${classes.seq} num`}>{record.seq}</span>
          <span className={classes.action} data-result={record.result}>
            {actionLabel(record.action)}
          </span>
          <span className={classes.actor}>{record.actor}</span>
          <span className={classes.where}>{placeOf(record)}</span>
          <span className={classes.reason}>
            <bdi>{record.reason}</bdi>
          </span>
          <span className={classes.when}>
            <RelativeTime at={record.at} />
          </span>
        </summary>
        <Details record={record} />
      </details>
    </li>
  );
}

function placeOf({ repo, stack, environment }: AuditRecordJson): string {
  if (repo === null) return environment ?? '';
  return stack === null ? repo : `${repo} / ${stack}`;
}

function Details({ record }: { record: AuditRecordJson }) {
  const texts = [
    ['At', record.at],
    ['Result', record.result],
    ['From', record.source],
    ['Why', record.reason],
    ['Environment', record.environment],
    ['Commit', record.commit],
    ['Plan', record.digest],
    ['Hash', record.hash],
    ['Hash before', record.previous],
  ] as const;
  return (
    <div className={classes.details}>
      <dl className={classes.facts}>
        {texts
          .filter(([, text]) => text !== null && text !== '')
          .map(([label, text]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>
                <bdi>{text}</bdi>
              </dd>
            </div>
          ))}
        {Object.entries(record.details).map(([key, value]) => (
          <div key={`detail ${key}`}>
            <dt>{key.replaceAll('_', ' ')}</dt>
            <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
      <p className={classes.links}>
        {record.repo !== null && <Link to={repoPage(record.repo)}>Repo</Link>}
        {record.repo !== null && record.stack !== null && (
          <Link to={stackPage(record.repo, record.stack)}>Stack</Link>
        )}
        {record.task_id !== null && <Link to={taskPage(record.task_id)}>Task</Link>}
      </p>
    </div>
  );
}
