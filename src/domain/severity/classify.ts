import type { Change, IgnoredChange, OutputChange, RawChange, Severity } from '../change.ts';
import { applyIgnoreRules, ruleLabel, rulesInForce, type IgnoredPart } from './ignore.ts';
import type { PlanBasis } from '../plan.ts';
import type { IgnoreRule, SeveritySettings } from '../settings.ts';
import { severityOf, worstSeverity } from './severity.ts';
import type { StackStatus } from '../stack.ts';
import { countCauses, pendingOutputs, stackStatus } from '../status.ts';

/** What the rules need to know besides the plan. */
export interface ClassifyRules {
  severity: SeveritySettings;
  ignore: readonly IgnoreRule[];
  repo: string;
  stackKey: string;
  now: Date;
}

/** A driver's plan after severity and ignore rules. */
export interface Classified {
  status: StackStatus;
  changes: Change[];
  /** Whole changes, and the ignored attributes of changes that stay. */
  ignored: IgnoredChange[];
  /** Changes whose cause is drift or both. */
  drift: number;
  /** Changes whose cause is pending or both, and outputs that no resource explains. */
  pending: number;
  /** The worst of `changes`; null when there are none. */
  severity: Severity | null;
}

/** Sets aside what is ignored, gives every change its severity, and says what the stack's status is. */
export function classifyPlan(
  plan: {
    changes: readonly RawChange[];
    outputs: readonly OutputChange[];
    basis?: Pick<PlanBasis, 'problems'>;
  },
  rules: ClassifyRules,
): Classified {
  const changes: Change[] = [];
  const ignored: IgnoredChange[] = [];
  const inForce = rulesInForce(rules.ignore, rules);
  for (const change of plan.changes) {
    const result = applyIgnoreRules(change, inForce);
    if (result.kept) changes.push(withSeverity(result.kept, rules.severity));
    ignored.push(...result.ignored.map((part) => ignoredChange(part, rules.severity)));
  }
  const counts = countCauses(changes);
  const pending =
    counts.pending +
    pendingOutputs(plan.outputs, { pending: counts.pending, total: plan.changes.length }).length;
  return {
    // Whatever else it found, a plan that is not whole never says that a stack is in sync.
    status: plan.basis?.problems?.length ? 'errored' : stackStatus(counts.drift, pending),
    changes,
    ignored,
    drift: counts.drift,
    pending,
    severity: worstSeverity(changes.map((change) => change.severity)),
  };
}

function withSeverity(change: RawChange, settings: SeveritySettings): Change {
  const verdict = severityOf(change, settings);
  return { ...change, severity: verdict.severity, severityReason: verdict.reason };
}

function ignoredChange(part: IgnoredPart, settings: SeveritySettings): IgnoredChange {
  const { reason, until } = part.rule;
  const ignored = { reason, rule: ruleLabel(part.rule), ...(until === null ? {} : { until }) };
  return { ...withSeverity(part.change, settings), ignored };
}
