import type { AuditReportJson, Compliance } from '../../api/types.ts';

/** The frameworks that a report can be made for, with their names. */
export const FRAMEWORKS: Record<Compliance, string> = { sox: 'SOX', soc2: 'SOC 2', pci: 'PCI DSS' };

/** Whether a text of the URL names a framework. */
export function isCompliance(text: string | null): text is Compliance {
  return text !== null && text in FRAMEWORKS;
}

type ControlStatus = AuditReportJson['frameworks'][number]['controls'][number]['status'];

/** What a control's status means. */
export const CONTROL_LOOKS: Record<ControlStatus, { label: string; tone: string }> = {
  met: { label: 'Met', tone: 'in-sync' },
  exceptions: { label: 'Exceptions', tone: 'errored' },
  no_evidence: { label: 'No evidence', tone: 'unknown' },
};

/** `self_approval` as people say it. */
export function kindWords(kind: string): string {
  const words = kind.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
