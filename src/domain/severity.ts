import { SEVERITIES, type RawChange, type Severity } from './change.ts';
import { matchKeywords } from './severity-keywords.ts';
import type { SeveritySettings } from './settings.ts';

/** How bad a change is, and a short phrase that says why. */
export interface SeverityVerdict {
  severity: Severity;
  reason: string;
}

/** The worst of these, or null when there are none. */
export function worstSeverity(severities: readonly Severity[]): Severity | null {
  return SEVERITIES.find((severity) => severities.includes(severity)) ?? null;
}

/** How bad a change is: the config's own rules, then the built-in table, then keywords, then low. */
export function severityOf(change: RawChange, settings: SeveritySettings): SeverityVerdict {
  const match = matchKeywords(`${change.kind} ${change.name}`, settings.keywords);
  if (match) return { severity: match.severity, reason: `keyword "${match.keyword}"` };
  return { severity: 'low', reason: 'no rule or keyword matches' };
}
