import { ruleExpired, ruleLabel, stacksOfRule } from './ignore.ts';
import type { IgnoreRule } from '../settings.ts';

/** A rule of the config that does nothing, as it is reported. */
interface IdleRule {
  rule: string;
  reason: string;
  until: string | null;
}

/** Rules that no longer hold, and rules that hold but matched nothing: both can go from the config. */
export interface IgnoreUse {
  expired: IdleRule[];
  unused: IdleRule[];
}

/**
 * Says which rules about a repo did nothing. A rule counts as unused only when every stack that it covers was planned:
 * a failed plan proves nothing.
 */
export function ignoreUse(
  rules: readonly IgnoreRule[],
  scanned: {
    repo: string;
    stacks: readonly { key: string; planned: boolean }[];
    /** Labels of the rules that ignored something. */
    used: ReadonlySet<string>;
    now: Date;
  },
): IgnoreUse {
  const use: IgnoreUse = { expired: [], unused: [] };
  for (const rule of rules) {
    const covers = stacksOfRule(rule, scanned.repo);
    const covered = scanned.stacks.filter((stack) => covers(stack.key));
    if (covered.length === 0) continue;
    const idle = { rule: ruleLabel(rule), reason: rule.reason, until: rule.until };
    if (ruleExpired(rule, scanned.now)) use.expired.push(idle);
    else if (!scanned.used.has(idle.rule) && covered.every((stack) => stack.planned)) use.unused.push(idle);
  }
  return use;
}
