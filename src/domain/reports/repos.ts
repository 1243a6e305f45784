import type { Severity } from '../change.ts';
import { reportFigures, type DriftReport, type ReportChange, type ReportFigures } from './report.ts';
import { compareSeverity, worstSeverity } from '../severity/severity.ts';

/** The changes of several tasks as one document: the analyzer's keys over all of them, and each task's own report. */
export interface ReposReport extends ReportFigures {
  severity: Severity | null;
  changes: (ReportChange & { repo: string })[];
  reports: DriftReport[];
}

/** Puts the reports of several tasks together, worst changes first; the reports stay in their order. */
export function reportOfRepos(reports: readonly DriftReport[]): ReposReport {
  const changes = reports
    .flatMap((report) => report.changes.map((change) => ({ ...change, repo: report.repo })))
    .sort((a, b) => compareSeverity(a.severity, b.severity));
  return {
    severity: worstSeverity(changes.map((change) => change.severity)),
    ...reportFigures(changes),
    changes,
    reports: [...reports],
  };
}
