import { useState } from 'react';
import { Link } from 'react-router';
import { taskPage } from '../../api/paths.ts';
import type { AttemptJson } from '../../api/types.ts';
import { Commit } from '../../ui/commit.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import badge from '../../ui/status-badge.module.css';
import { spanText } from '../../ui/time.ts';
import { useNow } from '../../ui/use-now.ts';
import { ApplyLog } from './apply-log.tsx';
import { ATTEMPT_LOOKS, ruleWords } from './attempt-words.ts';
import { BackupList } from './backup-list.tsx';
import classes from './attempts.module.css';

const LISTED = 10;

/** What was tried to change of a stack, newest first; one that is under way shows its log live. */
export function AttemptList({
  repo,
  stack,
  attempts,
}: {
  repo: string;
  stack: string;
  attempts: readonly AttemptJson[];
}) {
  if (attempts.length === 0) return null;
  return (
    <section className="section" aria-labelledby="attempts-title">
      <div className="section-head">
        <h2 id="attempts-title">Attempts</h2>
        <span className="muted num">{attempts.length}</span>
      </div>
      <ul className={`card ${classes.list}`}>
        {attempts.slice(0, LISTED).map((attempt) => (
          <AttemptItem key={attempt.id} attempt={attempt} />
        ))}
      </ul>
      <BackupList repo={repo} stack={stack} />
    </section>
  );
}

function AttemptItem({ attempt }: { attempt: AttemptJson }) {
  const underWay = attempt.status === 'started';
  const [opened, setOpened] = useState(underWay);
  const now = useNow(underWay ? 1_000 : 15_000);
  const { label, tone } = ATTEMPT_LOOKS[attempt.status];
  return (
    <li className={classes.item}>
      <div className={classes.head}>
        <span className={badge.badge} data-tone={tone} data-filled>
          {label}
        </span>
        <span>
          {attempt.kind === 'rollback' ? 'Rollback' : 'Apply'}, {ruleWords(attempt.rule)}
        </span>
        <span className="muted">
          <RelativeTime at={attempt.started_at} />, {underWay ? 'for' : 'took'}{' '}
          <span className="num">{spanText(attempt.started_at, attempt.ended_at, now)}</span>
        </span>
        <Commit sha={attempt.commit} />
        <Link to={taskPage(attempt.task_id)}>Task</Link>
      </div>
      {attempt.summary !== '' && <p className={classes.summary}>{attempt.summary}</p>}
      {attempt.error !== null && (
        <p className={classes.error}>
          <code>{attempt.error.code}</code> {attempt.error.message}
        </p>
      )}
      <details open={opened} onToggle={(event) => setOpened(event.currentTarget.open)}>
        <summary>{underWay ? 'Live log' : 'Log'}</summary>
        {opened && <ApplyLog taskId={attempt.task_id} stack={attempt.stack} />}
      </details>
    </li>
  );
}
