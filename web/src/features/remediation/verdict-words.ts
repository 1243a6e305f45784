import type { ApprovalJson, VerdictJson } from '../../api/types.ts';

/** A result as it is shown: what waited is `asked` once people have decided, or are no longer asked. */
export type ShownResult = VerdictJson['result'] | 'asked';

/** A verdict with its result as it is shown. */
export type ShownVerdict = Omit<VerdictJson, 'result'> & { result: ShownResult };

/** How a verdict is written; `tone` is the name of a status colour. */
export const VERDICT_LOOKS: Record<ShownResult, { label: string; tone: string }> = {
  unknown: { label: 'Unknown', tone: 'errored' },
  failed: { label: 'Failed', tone: 'errored' },
  partial: { label: 'Partly applied', tone: 'errored' },
  unverified: { label: 'Applied, not verified', tone: 'errored' },
  refused: { label: 'Refused', tone: 'errored' },
  blocked: { label: 'Blocked', tone: 'errored' },
  unstable_plan: { label: 'Unstable plan', tone: 'errored' },
  not_applied: { label: 'Not applied', tone: 'unknown' },
  wait: { label: 'Waiting for people', tone: 'drifted' },
  asked: { label: 'People were asked', tone: 'unknown' },
  would_wait: { label: 'Would wait for people', tone: 'drifted' },
  applying: { label: 'Being applied', tone: 'pending' },
  to_apply: { label: 'Apply', tone: 'pending' },
  would_apply: { label: 'Would be applied', tone: 'pending' },
  applied: { label: 'Applied', tone: 'in-sync' },
  nothing: { label: 'Nothing to do', tone: 'unknown' },
};

/** Results by which an apply was let through and not stopped again. */
const LET_THROUGH: Partial<Record<ShownResult, string>> = {
  to_apply: 'To be applied',
  applying: 'Being applied',
  applied: 'Applied',
  unverified: 'Applied',
};

const RULES: Record<NonNullable<VerdictJson['rule']>, string> = {
  approval: 'people approved it',
  policy: 'the policy lets it through',
  auto_approve_safe: 'the rule for safe changes approved it',
  break_glass: 'an emergency apply was ordered',
};

/** A task's verdicts as things are now, by the approvals of its repo. */
export function shownVerdicts(
  taskId: string,
  verdicts: readonly VerdictJson[],
  approvals: readonly Pick<ApprovalJson, 'task_id' | 'stack' | 'status'>[],
): ShownVerdict[] {
  const decided = new Set(
    approvals
      .filter(({ task_id, status }) => task_id === taskId && status !== 'waiting')
      .map(({ stack }) => stack),
  );
  return verdicts.map((verdict) =>
    verdict.result === 'wait' && decided.has(verdict.stack) ? { ...verdict, result: 'asked' } : verdict,
  );
}

/** All that a verdict says, a sentence each: what it waits for, what came of it, what allowed it, and its reasons. */
export function verdictSentences(verdict: ShownVerdict): string[] {
  const says: string[] = [];
  if (verdict.blocked_by.length > 0) says.push(`Blocked by ${verdict.blocked_by.join(', ')}.`);
  const { result, outcome, rule } = verdict;
  if (outcome !== null && result !== 'applied') says.push(outcome.message);
  const through = LET_THROUGH[result];
  if (through !== undefined && rule !== null) says.push(`${through} because ${RULES[rule]}.`);
  return [...says, ...verdict.reasons.map(({ message }) => message)];
}

/** `1 blocked, 2 applied`: how many stacks came to which result, in the order of `VERDICT_LOOKS`. */
export function verdictCounts(verdicts: readonly ShownVerdict[]): string {
  return Object.entries(VERDICT_LOOKS)
    .map(([result, { label }]) => ({
      label: label.toLowerCase(),
      count: verdicts.filter((verdict) => verdict.result === result).length,
    }))
    .filter(({ count }) => count > 0)
    .map(({ label, count }) => `${count} ${label}`)
    .join(', ');
}
