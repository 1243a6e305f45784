import { approvalNeeded } from '../domain/approvals/need.ts';
import type { ApprovalRequirement } from '../domain/approvals/approval.ts';
import { ownersOf, parseCodeOwners } from '../domain/approvals/codeowners.ts';
import type { EnvironmentPolicy } from '../domain/eligibility/policy.ts';
import type { StackFacts } from './stack-facts.ts';

/** What a policy wants before this plan is applied. */
export function approvalRequirement(
  policy: EnvironmentPolicy,
  { plan, range, codeOwners }: Pick<StackFacts, 'plan' | 'range' | 'codeOwners'>,
): ApprovalRequirement {
  const { approvals } = policy;
  const { required } = approvalNeeded(
    {
      severity: plan?.severity ?? null,
      changes: plan?.changes ?? [],
      ignored: plan?.ignored ?? [],
      emptied: plan?.basis?.emptied ?? false,
      confirm: plan?.basis?.confirm ?? [],
    },
    policy,
  );
  const rules = approvals.requireCodeOwners && codeOwners !== null ? parseCodeOwners(codeOwners) : [];
  return {
    required,
    teams: approvals.teams,
    codeOwners: range.files
      .map((path) => ({ path, owners: ownersOf(rules, path) }))
      .filter(({ owners }) => owners.length > 0),
    requireLastPushApproval: approvals.requireLastPushApproval,
  };
}
