import type { Severity } from '../change.ts';
import { newestFirst, type ReportEmergency } from './emergencies.ts';
import {
  reportFigures,
  type DriftReport,
  type ReportChange,
  type ReportFigures,
  type ReportStack,
} from './report.ts';
import { compareSeverity, worstSeverity } from '../severity/severity.ts';

/** What one kind of stack contributes to an environment. */
interface KindFigures {
  stacks: number;
  total_changes: number;
  severity: Severity | null;
}

/** The changes of one environment, across repos and kinds. */
export interface EnvironmentReport extends ReportFigures {
  /** Null for stacks whose path names no environment. */
  environment: string | null;
  severity: Severity | null;
  kinds: Record<string, KindFigures>;
  stacks: (ReportStack & { repo: string })[];
  emergencies: (ReportEmergency & { repo: string })[];
  changes: (ReportChange & { repo: string })[];
}

/** Consolidates reports per environment, by name; stacks without an environment come last. */
export function reportsByEnvironment(reports: readonly DriftReport[]): EnvironmentReport[] {
  const stacks = reports.flatMap((report) => report.stacks.map((stack) => ({ ...stack, repo: report.repo })));
  const changes = reports.flatMap((report) =>
    report.changes.map((change) => ({ ...change, repo: report.repo })),
  );
  const emergencies = reports
    .flatMap(({ repo, emergencies: found }) => found.map((emergency) => ({ ...emergency, repo })))
    .toSorted(newestFirst);
  const names = [...new Set(stacks.map((stack) => stack.environment))].sort(compareNames);
  return names.map((name) => {
    const ownStacks = stacks.filter((stack) => stack.environment === name);
    const own = changes
      .filter((change) => change.environment === name)
      .sort((a, b) => compareSeverity(a.severity, b.severity));
    return {
      environment: name,
      severity: worstSeverity(own.map((change) => change.severity)),
      ...reportFigures(own),
      kinds: kindFigures(ownStacks, own),
      stacks: ownStacks,
      emergencies: emergencies.filter(({ environment }) => environment === name),
      changes: own,
    };
  });
}

function kindFigures(
  stacks: EnvironmentReport['stacks'],
  changes: EnvironmentReport['changes'],
): Record<string, KindFigures> {
  const figures: Record<string, KindFigures> = {};
  for (const kind of [...new Set(stacks.map((stack) => stack.kind))].sort()) {
    const ids = new Set(
      stacks.filter((stack) => stack.kind === kind).map((stack) => `${stack.repo}\n${stack.key}`),
    );
    const own = changes.filter((change) => ids.has(`${change.repo}\n${change.stack}`));
    figures[kind] = {
      stacks: ids.size,
      total_changes: own.length,
      severity: worstSeverity(own.map((change) => change.severity)),
    };
  }
  return figures;
}

function compareNames(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a < b ? -1 : Number(a > b);
}
