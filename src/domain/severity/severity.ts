import { SEVERITIES, type AttributeChange, type RawChange, type Severity } from '../change.ts';
import { matchesGlob } from '../glob.ts';
import { attributeRule } from './attributes.ts';
import { exposure } from './exposure.ts';
import { matchKeywords } from './keywords.ts';
import { typeRule } from './types.ts';
import type { SeverityRule, SeveritySettings } from '../settings.ts';

/** How bad a change is, and a short phrase that says why. */
export interface SeverityVerdict {
  severity: Severity;
  reason: string;
}

/** The worst of these, or null when there are none. */
export function worstSeverity(severities: readonly Severity[]): Severity | null {
  return SEVERITIES.find((severity) => severities.includes(severity)) ?? null;
}

/** Negative when `a` is worse than `b`: for sorting from worst to least. */
export function compareSeverity(a: Severity, b: Severity): number {
  return SEVERITIES.indexOf(a) - SEVERITIES.indexOf(b);
}

/**
 * How bad a change is. The config's own rules come first; then what the values themselves say (open to the internet), what
 * was lost, and the tables of resource types and attributes; then keywords; else low. An update is as bad as the worst of
 * its attributes.
 */
export function severityOf(change: RawChange, settings: SeveritySettings): SeverityVerdict {
  const verdicts: SeverityVerdict[] = [];
  const whole = settings.rules.find((rule) => rule.pointer === null && ruleFits(rule, change));
  const open: AttributeChange[] = [];
  for (const attribute of change.attributes) {
    const own = settings.rules.find((rule) => ruleFits(rule, change) && pointerFits(rule, attribute.pointer));
    if (own) verdicts.push({ severity: own.severity, reason: own.reason });
    else open.push(attribute);
  }
  if (change.attributes.length > 0 && open.length === 0) return worst(verdicts);
  if (whole) return worst([...verdicts, { severity: whole.severity, reason: whole.reason }]);
  return worst([...verdicts, ...builtIn({ ...change, attributes: open }, settings)]);
}

function ruleFits(rule: SeverityRule, change: RawChange): boolean {
  return (
    (rule.type === null || matchesGlob(rule.type, change.kind)) &&
    (rule.action === null || rule.action === change.action || change.actions.includes(rule.action))
  );
}

function pointerFits(rule: SeverityRule, pointer: string): boolean {
  return (
    rule.pointer === null || matchesGlob(rule.pointer, pointer) || matchesGlob(`${rule.pointer}/*`, pointer)
  );
}

function builtIn(change: RawChange, settings: SeveritySettings): SeverityVerdict[] {
  const verdicts: SeverityVerdict[] = [];
  const exposed = exposure(change);
  if (exposed) verdicts.push(exposed);
  const loss = lossOf(change);
  if (loss) verdicts.push(loss);
  if (change.attributes.length > 0 && isUpdate(change)) {
    verdicts.push(...change.attributes.map((attribute) => attributeVerdict(attribute, change, settings)));
  } else {
    verdicts.push(wholeVerdict(change, settings));
  }
  return verdicts;
}

/** Whether the resource exists before and after, so that its attributes tell what the change is. */
function isUpdate(change: RawChange): boolean {
  if (change.drift?.actions.some((action) => action !== 'update' && action !== 'no-op')) return false;
  return change.action !== 'create' && change.action !== 'delete';
}

/** Gone, or about to go: stateful resources first, but nothing that disappears is a trifle. */
function lossOf(change: RawChange): SeverityVerdict | null {
  const how = lossWords(change);
  if (how === null) return null;
  const rule = typeRule(change.kind);
  if (rule?.keywordsDecide) return null;
  if (rule?.destroyed) return { severity: rule.destroyed, reason: `${rule.reason} ${how}` };
  const severity = rule && rule.severity !== 'low' ? rule.severity : 'medium';
  return { severity, reason: rule ? `${rule.reason} ${how}` : `resource ${how}` };
}

function lossWords(change: RawChange): string | null {
  if (change.drift?.actions.includes('delete')) return 'deleted outside of Git';
  if (change.action === 'delete') return 'to be deleted';
  if (change.action === 'replace') return 'to be replaced';
  return change.action === 'forget' ? 'no longer managed' : null;
}

function attributeVerdict(
  attribute: AttributeChange,
  change: RawChange,
  settings: SeveritySettings,
): SeverityVerdict {
  const known = attributeRule(attribute.pointer);
  if (known) return known;
  // Values that only become known by applying follow from the others.
  if (attribute.unknown && change.attributes.some((other) => !other.unknown))
    return { severity: 'low', reason: 'computed value' };
  const verdicts: SeverityVerdict[] = [];
  if (attribute.sensitive) verdicts.push({ severity: 'high', reason: 'sensitive value' });
  const match = keywordsDecide(change) ? matchKeywords(attribute.pointer, settings.keywords) : null;
  if (match) verdicts.push({ severity: match.severity, reason: `keyword "${match.keyword}"` });
  verdicts.push(wholeVerdict(change, settings));
  return worst(verdicts);
}

/** Whether the table leaves this type to the keywords. */
function keywordsDecide(change: RawChange): boolean {
  return typeRule(change.kind)?.keywordsDecide ?? typeRule(change.kind) === undefined;
}

/** What the type and the name say. */
function wholeVerdict(change: RawChange, settings: SeveritySettings): SeverityVerdict {
  if (
    change.attributes.length === 0 &&
    (change.action === 'move' || change.action === 'import' || change.action === 'read')
  ) {
    return { severity: 'low', reason: change.action === 'move' ? 'only moved' : `only ${change.action}` };
  }
  const rule = typeRule(change.kind);
  const words = rule ? change.name : `${change.kind} ${change.name}`;
  const match = keywordsDecide(change) ? matchKeywords(words, settings.keywords) : null;
  if (match) return { severity: match.severity, reason: `keyword "${match.keyword}"` };
  if (rule) return { severity: rule.severity, reason: rule.reason };
  return { severity: 'low', reason: 'no rule or keyword matches' };
}

/** The first of the worst; a reason is always one that explains the severity. */
function worst(verdicts: readonly SeverityVerdict[]): SeverityVerdict {
  return (
    verdicts.toSorted((a, b) => compareSeverity(a.severity, b.severity))[0] ?? {
      severity: 'low',
      reason: 'no rule or keyword matches',
    }
  );
}
