import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { TaskJson } from '../../api/types.ts';
import { TaskPanel } from './task-panel.tsx';

/** The panel of the task that runs on a repo. It stays after the task's end until it is closed. */
export function FollowedTask({
  repo,
  active,
  loggedElsewhere,
}: {
  repo: string;
  active: TaskJson | null;
  /** IDs of tasks whose log the page shows in another place: the panel leaves it out. */
  loggedElsewhere?: readonly string[];
}) {
  const queries = useQueryClient();
  const [followed, setFollowed] = useState<TaskJson | null>(active);
  if (active !== null && active.id !== followed?.id) setFollowed(active);
  if (followed === null) return null;

  const refresh = () => {
    for (const queryKey of [
      ['repo', repo],
      ['repos'],
      ['stacks'],
      ['plan', repo],
      ['attempts', repo],
      ['approvals'],
      ['task-verdicts'],
    ]) {
      void queries.invalidateQueries({ queryKey });
    }
  };
  return (
    <TaskPanel
      key={followed.id}
      task={followed}
      onEnd={refresh}
      onClose={() => setFollowed(null)}
      log={loggedElsewhere?.includes(followed.id) ? 'elsewhere' : 'here'}
    />
  );
}
