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
    reasons: shown === seen ? reasons : reasons.map((reason) => withoutOthers(reason, shown)),
    // The gate does not say apart from its text what has stopped it.
    ...(outcome === undefined ? {} : { outcome: { ...outcome, ...withoutOthers(outcome, [ANOTHER]) } }),
  };
}

function withoutOthers({ code, message }: VerdictReason, shown: readonly string[]): VerdictReason {
  if (code === 'blocked_by') return { code, message: `Blocked by ${shown.join(', ')}.` };
  if (code === 'dependency_cycle')
    return { code, message: `Its dependencies go round in a circle: ${shown.join(', ')}.` };
  return { code, message };
}
