import type { Approval } from './approval.ts';
import type { ApprovalPolicy } from '../eligibility/policy.ts';

/**
 * Whether approvals fall although the plan is the same: the policy wants that (`dismissStale`) once a newer commit has touched what
 * the stack reads. A rejection stands, as the plan that was rejected is still that one.
 */
export function isOutdated(
  { status, commit }: Pick<Approval, 'status' | 'commit'>,
  { dismissStale }: Pick<ApprovalPolicy, 'dismissStale'>,
  since: { commit: string; touched: boolean },
): boolean {
  const falls = status === 'waiting' || status === 'approved';
  return dismissStale && falls && commit !== since.commit && since.touched;
}
