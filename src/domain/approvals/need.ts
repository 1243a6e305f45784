import type { Change, OutputChange, Severity } from '../change.ts';
import type { PlanProblem, StackPlan } from '../plan.ts';
import type { EnvironmentPolicy } from '../eligibility/policy.ts';
import { compareSeverity } from '../severity/severity.ts';
import type { VerdictReason } from '../eligibility/verdict.ts';

/** What the rules need to know of a plan. */
export interface JudgedPlan extends Pick<StackPlan, 'status' | 'severity' | 'digest'> {
  changes: readonly Change[];
  outputs: readonly OutputChange[];
  /** Changes that the config ignores: an apply does them all the same, so that what they destroy counts. */
  ignored?: readonly Change[];
  /** How many resources the stack has now; null where the driver can't say. */
  resources: number | null;
  /** Applying it would leave the stack with nothing. */
  emptied: boolean;
  /** What of it could not be planned. */
  problems?: readonly PlanProblem[];
  /** What is deleted only with people’s word. */
  confirm?: readonly string[];
}

/** Whether people have to agree with a plan, and why. */
export interface ApprovalNeed {
  needed: boolean;
  /** How many of them: at least one wherever people are asked, for whatever reason. */
  required: number;
  /** Empty when nobody is needed. */
  reasons: readonly VerdictReason[];
}

/** What approvals are about in a plan. */
type NeedInput = Pick<JudgedPlan, 'severity' | 'changes' | 'ignored' | 'emptied' | 'confirm'>;

/**
 * Whether the policy wants people to agree with this plan. `required: 0` without teams and code owners asks nobody, unless
 * the config itself wants destroys approved; a plan that would leave nothing behind asks always, unless the policy allows it,
 * and one that deletes what wants to be confirmed.
 */
export function approvalNeeded(plan: NeedInput, policy: EnvironmentPolicy): ApprovalNeed {
  const { approvals, automated } = policy;
  const reasons: VerdictReason[] = [];
  const asks = approvals.required > 0 || approvals.teams.length > 0 || approvals.requireCodeOwners;
  const lost = destroyed(plan);
  if (asks && severeEnough(plan.severity, approvals.fromSeverity)) {
    reasons.push({ code: 'approval_required', message: whoIsNeeded(policy, plan.severity) });
  }
  if ((asks || approvals.destroysAlways === true) && approvals.destroys && lost.length > 0) {
    reasons.push({
      code: 'destroys',
      message: `It destroys or replaces ${named(lost.map(({ address }) => address))}, which needs approval.`,
    });
  }
  if (plan.emptied && automated?.allowEmpty !== true) {
    reasons.push({
      code: 'empties_stack',
      message: 'It would leave the stack with nothing, which needs approval.',
    });
  }
  if (plan.confirm !== undefined && plan.confirm.length > 0) {
    reasons.push({
      code: 'confirm_delete',
      message: `It deletes ${named(plan.confirm)}, which wants people to confirm it.`,
    });
  }
  return { needed: reasons.length > 0, required: Math.max(1, approvals.required), reasons };
}

/** What an apply would destroy, replacements included. */
export function destroyed(plan: Pick<JudgedPlan, 'changes' | 'ignored'>): Change[] {
  return [...plan.changes, ...(plan.ignored ?? [])].filter(
    ({ action }) => action === 'delete' || action === 'replace',
  );
}

/** Whether an apply would do anything: drift that it doesn't remove, and mere reads, are nothing. */
export function wouldChange(plan: Pick<JudgedPlan, 'changes' | 'outputs'>): boolean {
  return [...plan.changes, ...plan.outputs].some(({ action }) => action !== 'none' && action !== 'read');
}

/** A few of these, and how many more. */
export function named(words: readonly string[]): string {
  const first = words.slice(0, 5).join(', ');
  return words.length > 5 ? `${first} and ${words.length - 5} more` : first;
}

/** A plan without a severity changes outputs only: as little as can be. */
function severeEnough(severity: Severity | null, from: Severity | null): boolean {
  return from === null || compareSeverity(severity ?? 'low', from) <= 0;
}

function whoIsNeeded({ approvals }: EnvironmentPolicy, severity: Severity | null): string {
  const people = [
    ...(approvals.required > 0
      ? [`${approvals.required} ${approvals.required === 1 ? 'person' : 'people'}`]
      : []),
    ...approvals.teams.map((team) => `team ${team}`),
    ...(approvals.requireCodeOwners ? ['the code owners'] : []),
  ];
  const what =
    approvals.fromSeverity === null ? '' : ` to changes that are ${approvals.fromSeverity} or worse`;
  const here = approvals.fromSeverity === null || severity === null ? '' : `; these are ${severity}`;
  return `The policy wants ${people.join(', ')} to agree${what}${here}.`;
}
