import type { AttemptJson } from '../../api/types.ts';

/** How an attempt's status is written; `tone` is the name of a status colour. */
export const ATTEMPT_LOOKS: Record<AttemptJson['status'], { label: string; tone: string }> = {
  started: { label: 'Applying', tone: 'pending' },
  applied: { label: 'Applied', tone: 'in-sync' },
  not_applied: { label: 'Not applied', tone: 'unknown' },
  partial: { label: 'Partly applied', tone: 'drifted' },
  failed: { label: 'Failed', tone: 'errored' },
  unknown: { label: 'Unknown', tone: 'drifted' },
  refused: { label: 'Refused', tone: 'errored' },
};

const RULES: Record<AttemptJson['rule'], string> = {
  approval: 'approved by people',
  policy: 'allowed by the policy',
  auto_approve_safe: 'approved by the rule for safe changes',
  break_glass: 'emergency, without approvals',
};

/** What has become of a plan: nothing yet, an attempt that goes on, or one that has applied all of it. */
export type PlanFate = 'open' | 'applying' | 'applied';

/** The fate of a job's plan, by the stack's attempts, newest first. While any of them goes on the plan is not to be decided on. */
export function planFate(jobId: string, attempts: readonly AttemptJson[]): PlanFate {
  if (attempts.some(({ status }) => status === 'started')) return 'applying';
  return attempts.find((attempt) => attempt.job_id === jobId)?.status === 'applied' ? 'applied' : 'open';
}

/** What allowed an attempt, in words. */
export function ruleWords(rule: AttemptJson['rule']): string {
  return RULES[rule];
}
