import type { DriftReport } from './report.ts';
import type { EnvironmentReport } from './environment.ts';

/** A report as JSON for people and programs, with a line end. */
export function reportJson(report: DriftReport | readonly EnvironmentReport[]): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
