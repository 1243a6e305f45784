import { useQueryClient } from '@tanstack/react-query';
import { TaskLog } from '../tasks/task-log.tsx';
import { useTaskEvents } from '../tasks/use-task-events.ts';

/** What a task says of one stack, live: the apply's own output as it comes. */
export function ApplyLog({ taskId, stack }: { taskId: string; stack: string }) {
  const queries = useQueryClient();
  const view = useTaskEvents(taskId, () => {
    for (const key of ['attempts', 'plan', 'approvals']) void queries.invalidateQueries({ queryKey: [key] });
  });
  if (view.problem !== null) return <p className="muted">The log could not be followed: {view.problem}</p>;
  const lines = view.log.filter((line) => line.stack === stack);
  return <TaskLog lines={lines} ended={view.connection === 'ended'} label="Apply log" />;
}
