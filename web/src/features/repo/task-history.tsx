import type { TaskJson } from '../../api/types.ts';
import { TaskItem } from './task-item.tsx';
import classes from './task-history.module.css';

/** The repo's newest tasks; each opens to its jobs. */
export function TaskHistory({ tasks }: { tasks: readonly TaskJson[] }) {
  return (
    <section className="section" aria-labelledby="tasks-title">
      <div className="section-head">
        <h2 id="tasks-title">Tasks</h2>
        <span className="muted num">{tasks.length === 0 ? 'none yet' : `newest ${tasks.length}`}</span>
      </div>
      {tasks.length > 0 && (
        <ol className={`card ${classes.list}`}>
          {tasks.map((task) => (
            <TaskItem key={task.id} task={task} />
          ))}
        </ol>
      )}
    </section>
  );
}
