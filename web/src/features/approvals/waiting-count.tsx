import { useQuery } from '@tanstack/react-query';
import { useApi } from '../../api/api-context.ts';
import { approvalsQuery } from './get-approvals.ts';
import classes from './waiting-count.module.css';

/** How many plans wait for people, beside the navigation's word; nothing when none do. */
export function WaitingCount() {
  const count = useQuery(approvalsQuery(useApi(), { status: 'waiting' })).data?.length ?? 0;
  if (count === 0) return null;
  return (
    <span className={`${classes.count} num`}>
      {count}
      <span className="sr-only"> waiting</span>
    </span>
  );
}
