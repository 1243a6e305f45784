import { useQuery } from '@tanstack/react-query';
import { useApi } from '../../api/api-context.ts';
import { ApprovalCard } from './approval-card.tsx';
import { isOpen } from './approval-words.ts';
import { approvalsQuery } from './get-approvals.ts';

/** The stack's approval while somebody can say something to it. Without one there is nothing. */
export function ApprovalPanel({ repo, stack }: { repo: string; stack: string }) {
  const approvals = useQuery(approvalsQuery(useApi(), { repo }));
  const open = approvals.data?.find((approval) => approval.stack === stack && isOpen(approval.status));
  if (open === undefined) return null;
  return (
    <section className="section" aria-labelledby="approval-title">
      <h2 id="approval-title">
        {open.status === 'waiting' ? 'This plan waits for people' : 'What people decided'}
      </h2>
      <ApprovalCard key={open.id} approval={open} linked={false} />
    </section>
  );
}
