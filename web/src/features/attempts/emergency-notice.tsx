import { IconFlame } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { useApi } from '../../api/api-context.ts';
import { stackPage, taskPage } from '../../api/paths.ts';
import type { AttemptJson } from '../../api/types.ts';
import { Notice } from '../../ui/notice.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { attemptsOfTaskQuery } from './get-attempts.ts';

/** Says loudly that a stack stands as an emergency left it: until something else is applied. `attempts`: newest first. */
export function StackEmergency({ attempts }: { attempts: readonly AttemptJson[] }) {
  const [newest] = attempts;
  return newest === undefined ? null : <EmergencyNotice attempts={[newest]} linked="task" />;
}

/** Says loudly what a task has applied without anybody's approval. */
export function TaskEmergency({ taskId }: { taskId: string }) {
  const attempts = useQuery(attemptsOfTaskQuery(useApi(), taskId)).data ?? [];
  return <EmergencyNotice attempts={attempts} linked="stack" />;
}

function EmergencyNotice({
  attempts,
  linked,
}: {
  attempts: readonly AttemptJson[];
  /** What the reader does not look at already. */
  linked: 'task' | 'stack';
}) {
  const emergencies = attempts.filter(({ rule }) => rule === 'break_glass');
  if (emergencies.length === 0) return null;
  return (
    <Notice
      tone="error"
      role="alert"
      icon={<IconFlame size={20} aria-hidden />}
      title="Emergency: applied without approvals"
    >
      {emergencies.map(({ id, repo, stack, task_id, emergency, started_at }) => (
        <p key={id}>
          {linked === 'task' ? (
            <Link to={taskPage(task_id)}>The last attempt</Link>
          ) : (
            <Link to={stackPage(repo, stack)}>{stack}</Link>
          )}
          , <RelativeTime at={started_at} />
          {emergency !== null && `, ordered by ${emergency.by}: ${emergency.reason}`}. It stands in the audit
          log and in every report.
        </p>
      ))}
    </Notice>
  );
}
