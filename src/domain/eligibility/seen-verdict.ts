import type { Verdict, VerdictReason } from './verdict.ts';

/** What stands in the place of stacks that somebody may not see. */
const ANOTHER = 'another stack';

/** A verdict for somebody who may see only some of a repo's stacks: no other is named by it. */
export function seenVerdict(verdict: Verdict, sees: (key: string) => boolean): Verdict {
  const { blockedBy, reasons, outcome } = verdict;
  const seen = blockedBy.filter(sees);
  const shown = seen.length === blockedBy.length ? seen : [...seen, ANOTHER];
  return {
    ...verdict,
    blockedBy: shown,
    reasons: reasons.map((reason) =>
      shown === seen && reason.code !== 'depends_on_unknown' ? reason : withoutOthers(reason, shown),
    ),
    // The gate does not say apart from its text what has stopped it.
    ...(outcome === undefined ? {} : { outcome: { ...outcome, ...withoutOthers(outcome, [ANOTHER]) } }),
  };
}

function withoutOthers({ code, message }: VerdictReason, shown: readonly string[]): VerdictReason {
  if (code === 'blocked_by') return { code, message: `Blocked by ${shown.join(', ')}.` };
  if (code === 'dependency_cycle')
    return { code, message: `Its dependencies go round in a circle: ${shown.join(', ')}.` };
  if (code === 'depends_on_unknown')
    return { code, message: 'depends_on has it come after stacks that this commit does not have.' };
  return { code, message };
}
