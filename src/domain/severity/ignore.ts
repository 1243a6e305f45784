import type { Action, AttributeChange, RawChange } from '../change.ts';
import { sameJson } from '../canonical-json.ts';
import { matchesGlob, pathMatcher } from '../glob.ts';
import { parsePointer, pointerCovers, withoutPointer } from '../json-pointer.ts';
import type { JsonValue } from '../json.ts';
import { matchesRepo } from '../repo-name.ts';
import type { IgnoreRule } from '../settings.ts';

/** Where a change was found, and when. */
export interface IgnoreScope {
  repo: string;
  stackKey: string;
  now: Date;
}

/** A part of a change, or all of it, that a rule sets aside. */
export interface IgnoredPart {
  change: RawChange;
  rule: IgnoreRule;
}

/** What remains of a change, and what was set aside by which rule. `kept` is null when nothing remains. */
export interface IgnoreResult {
  kept: RawChange | null;
  ignored: IgnoredPart[];
}

/** Actions that are a change in themselves, whatever their attributes say: no attribute rule sets them aside. */
const BEYOND_ATTRIBUTES: readonly Action[] = ['create', 'delete', 'move', 'import', 'forget'];

/** Whether a rule's end date has passed: it ends with that day in UTC. */
export function ruleExpired(rule: Pick<IgnoreRule, 'until'>, now: Date): boolean {
  return rule.until !== null && now.getTime() >= Date.parse(`${rule.until}T00:00:00Z`) + 86_400_000;
}

/** How a rule is named where it was used: what it matches, in a fixed order, e.g. `type=aws_instance pointer=/tags`. */
export function ruleLabel(rule: IgnoreRule): string {
  const parts = (['repo', 'stack', 'address', 'type', 'pointer'] as const)
    .filter((key) => rule[key] !== null)
    .map((key) => `${key}=${rule[key]}`);
  return parts.length > 0 ? parts.join(' ') : 'everything';
}

/** A test for the stacks of a repo that a rule is about at all. */
export function stacksOfRule(rule: IgnoreRule, repo: string): (stackKey: string) => boolean {
  if (rule.repo !== null && !matchesRepo(rule.repo, repo)) return () => false;
  return rule.stack === null ? () => true : pathMatcher(rule.stack);
}

/** The rules that are about a stack and haven't expired, in their order. */
export function rulesInForce(rules: readonly IgnoreRule[], scope: IgnoreScope): IgnoreRule[] {
  return rules.filter(
    (rule) => !ruleExpired(rule, scope.now) && stacksOfRule(rule, scope.repo)(scope.stackKey),
  );
}

/**
 * Applies rules that are in force (see `rulesInForce`), in their order. A rule without a pointer sets the whole change aside; one with a
 * pointer takes that attribute out, and the change is set aside when no attribute that differs remains. Existence is no
 * attribute: a created, deleted, moved, imported or forgotten resource is only ignored by a rule without a pointer.
 */
export function applyIgnoreRules(change: RawChange, rules: readonly IgnoreRule[]): IgnoreResult {
  const ignored: IgnoredPart[] = [];
  let kept = change;
  for (const rule of rules) {
    if (!ruleMatches(rule, change)) continue;
    if (rule.pointer === null) return { kept: null, ignored: [...ignored, { change: kept, rule }] };
    if (existenceChanged(change)) continue;
    const pattern = parsePointer(rule.pointer);
    const taken = kept.attributes.filter((attribute) => attributeCovered(attribute, pattern));
    if (taken.length === 0) continue;
    const rest = kept.attributes.filter((attribute) => !taken.includes(attribute));
    ignored.push({ change: { ...kept, attributes: taken }, rule });
    if (rest.length === 0 && !BEYOND_ATTRIBUTES.includes(change.action)) return { kept: null, ignored };
    kept = withoutAttributes(kept, rest, pattern);
  }
  return { kept, ignored };
}

function ruleMatches(rule: IgnoreRule, change: RawChange): boolean {
  return (
    (rule.address === null || matchesGlob(rule.address, change.address)) &&
    (rule.type === null || matchesGlob(rule.type, change.kind))
  );
}

function existenceChanged(change: RawChange): boolean {
  if (change.action === 'create' || change.action === 'delete' || change.action === 'forget') return true;
  return change.drift?.actions.some((action) => action === 'delete' || action === 'create') ?? false;
}

/** A rule below the attribute covers it when the rest of the two values is the same. */
function attributeCovered(attribute: AttributeChange, pattern: readonly string[]): boolean {
  const pointer = parsePointer(attribute.pointer);
  if (pointerCovers(pattern, pointer)) return true;
  if (attribute.sensitive || attribute.unknown || !pointerCovers(pattern.slice(0, pointer.length), pointer))
    return false;
  const below = pattern.slice(pointer.length);
  const before = withoutPointer(attribute.before, below);
  const after = withoutPointer(attribute.after, below);
  return isContainer(attribute.before) && isContainer(attribute.after) && sameJson(before, after);
}

function isContainer(value: JsonValue): boolean {
  return typeof value === 'object' && value !== null;
}

function withoutAttributes(
  change: RawChange,
  rest: AttributeChange[],
  pattern: readonly string[],
): RawChange {
  const drift = change.drift && {
    ...change.drift,
    before: withoutPointer(change.drift.before, pattern),
    after: withoutPointer(change.drift.after, pattern),
  };
  return {
    ...change,
    cause: remainingCause(change, rest),
    before: withoutPointer(change.before, pattern),
    after: withoutPointer(change.after, pattern),
    attributes: rest,
    ...(drift ? { drift } : {}),
  };
}

/** With one side of `both` gone, the other is the cause. */
function remainingCause(change: RawChange, rest: readonly AttributeChange[]): RawChange['cause'] {
  if (change.cause !== 'both') return change.cause;
  const gone = (cause: 'drift' | 'pending'): boolean =>
    change.attributes.some((attribute) => attribute.cause === cause) &&
    !rest.some((attribute) => attribute.cause === cause);
  if (gone('drift')) return 'pending';
  return gone('pending') ? 'drift' : 'both';
}
