import { reportJson } from '../domain/reports/json.ts';
import { reportMarkdown } from '../domain/reports/markdown.ts';
import { reportSarif } from '../domain/reports/sarif.ts';
import { worstSeverity } from '../domain/severity/severity.ts';
import type { LocalScan } from '../local/scan-local.ts';
import type { Io } from './io.ts';
import { stackTable } from './stack-table.ts';
import { packageVersion } from './version.ts';

/** Prints what a local scan found: the same forms as the server's reports. */
export function printLocalScan(
  scan: LocalScan,
  format: 'table' | 'json' | 'markdown' | 'sarif',
  io: Io,
): void {
  for (const warning of scan.warnings) io.note(`warning: ${warning}`);
  if (format === 'json') io.out(reportJson(scan.report));
  else if (format === 'markdown') io.out(reportMarkdown(scan.report));
  else if (format === 'sarif') io.out(JSON.stringify(reportSarif(scan.report, packageVersion()), null, 2));
  else if (scan.stacks.length === 0) io.note('No stacks were found in this folder.');
  else io.out(tableOf(scan, io));
}

function tableOf(scan: LocalScan, io: Io): string {
  const rows = scan.stacks.map((stack) => ({
    ...stack,
    repo: scan.report.repo,
    severity: worstSeverity(
      scan.report.changes.filter((change) => change.stack === stack.key).map((change) => change.severity),
    ),
    commit: null,
    scanned_at: scan.report.started_at,
    drifted_since: null,
    oscillating: false,
    health: null,
  }));
  return stackTable(rows, io.colors);
}
