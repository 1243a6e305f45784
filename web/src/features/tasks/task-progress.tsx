import type { TaskJson } from '../../api/types.ts';
import { percentDone, taskSentence } from './task-words.ts';
import classes from './task-progress.module.css';

/** A task's progress bar: done, failed, running and waiting. */
export function TaskProgress({ task, thin = false }: { task: TaskJson; thin?: boolean }) {
  const total = Math.max(task.total, 1);
  const share = (count: number) => ({ width: `${(100 * count) / total}%` });
  const looking = task.status === 'running' && task.total === 0;
  return (
    <div
      className={classes.bar}
      data-thin={thin || undefined}
      data-looking={looking || undefined}
      role="progressbar"
      aria-label={`Progress of ${task.repo_name}`}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={looking ? undefined : percentDone(task)}
      aria-valuetext={taskSentence(task)}
    >
      <span className={classes.done} style={share(task.completed)} />
      <span className={classes.failed} style={share(task.failed)} />
      <span className={classes.running} style={share(task.running)} />
    </div>
  );
}
