import type { Verdict, VerdictOutcome, VerdictReason } from './verdict.ts';

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
      shown === seen && reason.code !== 'depends_on_unknown' && seesChains(reason, sees)
        ? reason
        : withoutOthers(reason, shown),
    ),
    ...(outcome === undefined ? {} : { outcome: seenOutcome(outcome) }),
  };
}

/** The gate says all of its reasons in one text: by their codes it is known whether that names stacks. */
function seenOutcome(outcome: VerdictOutcome): VerdictOutcome {
  const { code, codes = [] } = outcome;
  return { ...outcome, message: seenRefusal([code, ...codes]) ?? outcome.message };
}

/**
 * What stands in the place of a refusal's text, for somebody who may see only some stacks; undefined where reasons of these codes
 * name no other.
 */
export function seenRefusal(codes: readonly string[]): string | undefined {
  const naming = [...new Set(codes)].flatMap((code) => withoutStacks(code, [ANOTHER]) ?? []);
  return naming.length === 0 ? undefined : naming.join(' ');
}

/** Whether all stacks of the chains in a text are seen: what lies between a stack and the one that blocks it. */
function seesChains({ code, message }: VerdictReason, sees: (key: string) => boolean): boolean {
  if (code !== 'blocked_by') return true;
  const chains = [...message.matchAll(CHAIN)].map(([, chain]) => chain!);
  const unread = message.replaceAll(CHAIN, '').includes(ARROW);
  return !unread && chains.every((chain) => chain.split(ARROW).every(sees));
}

const ARROW = ' → ';
const CHAIN = / \(([^()]* → [^()]*)\)/g;

function withoutOthers({ code, message }: VerdictReason, shown: readonly string[]): VerdictReason {
  return { code, message: withoutStacks(code, shown) ?? message };
}

function withoutStacks(code: string, shown: readonly string[]): string | undefined {
  if (code === 'blocked_by') return `Blocked by ${shown.join(', ')}.`;
  if (code === 'dependency_cycle') return `Its dependencies go round in a circle: ${shown.join(', ')}.`;
  if (code === 'depends_on_unknown')
    return 'depends_on has it come after stacks that this commit does not have.';
  return undefined;
}
