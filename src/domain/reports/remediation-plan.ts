import { approvalNeeded } from '../approvals/need.ts';
import { SEVERITIES, type Change, type Severity } from '../change.ts';
import { incompletePlan } from '../incomplete-plan.ts';
import { dependencyDepths } from '../order/dependency-graph.ts';
import { DEFAULT_POLICY } from '../eligibility/default-policy.ts';
import type { EnvironmentPolicy } from '../eligibility/policy.ts';
import type { PlanProblem } from '../plan.ts';
import { PRIORITIES, type Priority, type RemediationStep } from './remediation.ts';

/** A stack's part in a drift report. */
export interface RemediationInput {
  key: string;
  changes: readonly Change[];
  /** Keys of the stacks that are applied before it. */
  dependsOn: readonly string[];
  /** Of its environment; null: the defaults. */
  policy: EnvironmentPolicy | null;
  /** What of it could not be planned; left out: nothing. */
  problems?: readonly PlanProblem[];
}

const PRIORITY_OF: Readonly<Record<Severity, Priority>> = {
  critical: 'immediate',
  high: 'high',
  medium: 'normal',
  low: 'low',
};

/** What a step does, by its priority. */
const AIM: Readonly<Record<Priority, string>> = {
  immediate: 'Put right at once',
  high: 'Put right next',
  normal: 'Put right in turn',
  low: 'Tidy up',
};

/**
 * The steps that would remove what a report shows: one per stack and severity, the most pressing first, among equals those
 * that others depend on first. Changes that no apply removes are in none of them. A step's `after` names the stacks of this
 * plan whose steps come first whatever their priority, since a stack is applied as a whole.
 */
export function remediationPlan(stacks: readonly RemediationInput[]): RemediationStep[] {
  const effective = stacks
    .map((stack) => ({ ...stack, changes: stack.changes.filter(isRemovable) }))
    .filter(({ changes }) => changes.length > 0);
  const keys = new Set(effective.map(({ key }) => key));
  const depths = dependencyDepths(stacks);
  const ordered = effective.toSorted(
    (a, b) => depths.get(a.key)! - depths.get(b.key)! || (a.key < b.key ? -1 : 1),
  );
  return SEVERITIES.flatMap((severity) =>
    ordered.flatMap((stack) => {
      const changes = stack.changes.filter((change) => change.severity === severity);
      const after = stack.dependsOn.filter((key) => keys.has(key) && key !== stack.key);
      return changes.length === 0 ? [] : [stepOf(stack, severity, changes, after)];
    }),
  );
}

/**
 * Whether a failed verification of changes this severe is rolled back without a person: always of critical ones, of others
 * where the policy says so.
 */
export function rollsBack(severity: Severity | null, policy: EnvironmentPolicy): boolean {
  return severity === 'critical' || policy.autoRollback;
}

/** Negative when `a` is more pressing than `b`. */
export function comparePriority(a: Priority, b: Priority): number {
  return PRIORITIES.indexOf(a) - PRIORITIES.indexOf(b);
}

function isRemovable({ action }: Change): boolean {
  return action !== 'none' && action !== 'read';
}

function stepOf(
  stack: RemediationInput,
  severity: Severity,
  changes: readonly Change[],
  after: readonly string[],
): RemediationStep {
  const policy = stack.policy ?? DEFAULT_POLICY;
  const priority = PRIORITY_OF[severity];
  const blocked = incompletePlan(stack.problems)?.message ?? null;
  const needs = approvalNeeded({ severity, changes, emptied: false }, policy);
  return {
    priority,
    description: describe(stack.key, priority, severity, changes),
    stackKey: stack.key,
    changes,
    // Nobody is asked about what is not applied.
    approvalRequired: blocked === null && needs.needed,
    autoRollback: rollsBack(severity, policy),
    after,
    blocked,
  };
}

/** For example `Put right at once: 2 critical changes in envs/prod (1 update, 1 delete): network access rules`. */
function describe(key: string, priority: Priority, severity: Severity, changes: readonly Change[]): string {
  const actions = Object.entries(Object.groupBy(changes, ({ action }) => action))
    .map(([action, group]) => `${group.length} ${action}`)
    .join(', ');
  const why = [...new Set(changes.map(({ severityReason }) => severityReason))].slice(0, 3).join('; ');
  const noun = changes.length === 1 ? 'change' : 'changes';
  return `${AIM[priority]}: ${changes.length} ${severity} ${noun} in ${key} (${actions}): ${why}`;
}
