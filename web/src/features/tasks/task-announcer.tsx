import type { TaskJson } from '../../api/types.ts';
import { kindWord, percentDone, taskSentence } from './task-words.ts';

/** Tells screen readers how a task goes: at its start, at every quarter and at its end, not at every count. */
export function TaskAnnouncer({ task }: { task: TaskJson | null }) {
  return (
    <div className="sr-only" role="status">
      {task === null ? '' : spoken(task)}
    </div>
  );
}

function spoken(task: TaskJson): string {
  if (task.status !== 'running' || task.total === 0) return taskSentence(task);
  const quarter = Math.floor(percentDone(task) / 25) * 25;
  return `${kindWord(task.kind)} of ${task.repo_name} is running: ${quarter} percent of ${task.total} stacks`;
}
