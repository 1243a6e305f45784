import { useQuery } from '@tanstack/react-query';
import { IconHourglassEmpty } from '@tabler/icons-react';
import { Link } from 'react-router';
import { useApi } from '../../api/api-context.ts';
import { stackPage } from '../../api/paths.ts';
import type { TaskJson } from '../../api/types.ts';
import { Notice } from '../../ui/notice.tsx';
import { StackLabel } from '../../ui/stack-label.tsx';
import { missingText } from '../approvals/approval-words.ts';
import { approvalsQuery } from '../approvals/get-approvals.ts';

/** For whom a task waits: each of its plans that people have to decide on, with what is missing. */
export function TaskWaiting({ task }: { task: TaskJson }) {
  const approvals = useQuery({
    ...approvalsQuery(useApi(), { repo: task.repo_name }),
    enabled: task.kind !== 'scan',
  });
  const waiting = approvals.data?.filter(
    (approval) => approval.task_id === task.id && approval.status === 'waiting',
  );
  if (waiting === undefined || waiting.length === 0) return null;
  return (
    <Notice
      tone="warning"
      icon={<IconHourglassEmpty size={20} aria-hidden />}
      title={waiting.length === 1 ? 'One plan waits for people' : `${waiting.length} plans wait for people`}
    >
      <ul>
        {waiting.map((approval) => (
          <li key={approval.id}>
            <p>
              <Link to={stackPage(approval.repo, approval.stack)}>
                <StackLabel stackKey={approval.stack} />
              </Link>{' '}
              waits for {missingText(approval.missing)}
            </p>
          </li>
        ))}
      </ul>
    </Notice>
  );
}
