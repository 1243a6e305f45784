import type { VerdictJson } from '../../api/types.ts';

/** How a verdict is written; `tone` is the name of a status colour. */
export const VERDICT_LOOKS: Record<VerdictJson['kind'], { label: string; tone: string }> = {
  apply: { label: 'Apply', tone: 'in-sync' },
  wait: { label: 'Wait for people', tone: 'drifted' },
  blocked: { label: 'Blocked', tone: 'errored' },
  nothing: { label: 'Nothing to do', tone: 'unknown' },
};

const RULES: Record<NonNullable<VerdictJson['rule']>, string> = {
  approval: 'people approved it',
  policy: 'the policy lets it through',
  auto_approve_safe: 'the rule for safe changes approved it',
  break_glass: 'an emergency apply was ordered',
};

/** All that a verdict says, a sentence each: what allows it, what it waits for, and its reasons. */
export function verdictSentences(verdict: VerdictJson): string[] {
  const says: string[] = [];
  if (verdict.blocked_by.length > 0) says.push(`Blocked by ${verdict.blocked_by.join(', ')}.`);
  if (verdict.kind === 'apply' && verdict.rule !== null) says.push(`Applied because ${RULES[verdict.rule]}.`);
  return [...says, ...verdict.reasons.map(({ message }) => message)];
}

/** `2 apply, 1 blocked`: how many stacks got which verdict, in the order of `VERDICT_LOOKS`. */
export function verdictCounts(verdicts: readonly VerdictJson[]): string {
  return Object.entries(VERDICT_LOOKS)
    .map(([kind, { label }]) => ({
      label: label.toLowerCase(),
      count: verdicts.filter((verdict) => verdict.kind === kind).length,
    }))
    .filter(({ count }) => count > 0)
    .map(({ label, count }) => `${count} ${label}`)
    .join(', ');
}
