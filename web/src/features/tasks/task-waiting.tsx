import { useQuery } from '@tanstack/react-query';
import { IconHourglassEmpty, IconUserCheck } from '@tabler/icons-react';
import { Link } from 'react-router';
import { useApi } from '../../api/api-context.ts';
import { stackPage } from '../../api/paths.ts';
import type { ApprovalJson, TaskJson } from '../../api/types.ts';
import { Notice } from '../../ui/notice.tsx';
import { StackLabel } from '../../ui/stack-label.tsx';
import { ApprovalStatusBadge } from '../approvals/approval-status.tsx';
import { APPROVAL_LOOKS, missingText } from '../approvals/approval-words.ts';
import { approvalsQuery } from '../approvals/get-approvals.ts';
import classes from './task-page.module.css';

/** For whom a task waits: each of its plans that people have to decide on, with what is missing; then, what they decided. */
export function TaskWaiting({ task }: { task: TaskJson }) {
  const approvals = useQuery({
    ...approvalsQuery(useApi(), { repo: task.repo_name }),
    enabled: task.kind !== 'scan',
  });
  const own = approvals.data?.filter((approval) => approval.task_id === task.id) ?? [];
  const waiting = own.filter(({ status }) => status === 'waiting');
  if (own.length === 0) return null;
  if (waiting.length === 0) return <Decided approvals={own} />;
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

function Decided({ approvals }: { approvals: readonly ApprovalJson[] }) {
  return (
    <Notice
      icon={<IconUserCheck size={20} aria-hidden />}
      title="Nothing of this task waits for people any more"
    >
      <ul className={classes.decided}>
        {approvals.map((approval) => (
          <li key={approval.id}>
            <ApprovalStatusBadge status={approval.status} />{' '}
            <Link to={stackPage(approval.repo, approval.stack)}>
              <StackLabel stackKey={approval.stack} />
            </Link>
            : {APPROVAL_LOOKS[approval.status].meaning}
          </li>
        ))}
      </ul>
    </Notice>
  );
}
