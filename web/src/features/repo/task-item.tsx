import { IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { taskPage } from '../../api/paths.ts';
import type { TaskJson } from '../../api/types.ts';
import { Commit } from '../../ui/commit.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { spanText } from '../../ui/time.ts';
import { useNow } from '../../ui/use-now.ts';
import { TASK_LOOKS } from '../tasks/task-looks.ts';
import { starterWords, taskSentence } from '../tasks/task-words.ts';
import { TaskJobs } from '../tasks/task-jobs.tsx';
import classes from './task-history.module.css';

/** One task in a line; opened, its jobs. */
export function TaskItem({ task }: { task: TaskJson }) {
  const [opened, setOpened] = useState(false);
  const now = useNow();
  const { label, icon: Icon } = TASK_LOOKS[task.status];
  return (
    <li className={classes.item}>
      <details onToggle={(event) => setOpened(event.currentTarget.open)}>
        <summary className={classes.summary}>
          <IconChevronRight size={15} className={classes.chevron} aria-hidden />
          <span className={classes.status} data-status={task.status}>
            <Icon size={15} stroke={2} aria-hidden /> {label}
          </span>
          <span className={classes.sentence}>{taskSentence(task)}</span>
          <span className={classes.who}>{starterWords(task)}</span>
          <span className={classes.commit}>
            <Commit sha={task.commit} />
          </span>
          <span className={`${classes.span} num`}>{spanText(task.started_at, task.ended_at, now)}</span>
          <span className={classes.when}>
            <RelativeTime at={task.started_at} />
          </span>
        </summary>
        {task.error !== null && (
          <p className={classes.error}>
            <code>{task.error.code}</code> {task.error.message}
          </p>
        )}
        {opened && (
          <div className={classes.body}>
            <TaskJobs task={task} />
            <Link to={taskPage(task.id)}>Open this task</Link>
          </div>
        )}
      </details>
    </li>
  );
}
