import { describe, expect, it } from 'vitest';
import { anAttribute, aChange } from '../../../test/support/a-change.ts';
import { aDriftReport, anOutputReport, aReportedStack, aReportPlan } from '../../../test/support/a-report.ts';
import { driftReport } from './report.ts';
import { reportSarif } from './sarif.ts';

interface Result {
  ruleId: string;
  ruleIndex: number;
  level: string;
  message: { text: string };
  partialFingerprints: Record<string, string>;
  suppressions?: unknown[];
  locations: {
    physicalLocation: { artifactLocation: { uri: string; uriBaseId: string } };
    logicalLocations: { name: string; fullyQualifiedName: string; kind: string }[];
  }[];
}

interface Sarif {
  version: string;
  runs: { tool: { driver: { name: string; rules: { id: string }[] } }; results: Result[] }[];
}

function sarifOf(report = aDriftReport()): Sarif {
  return reportSarif(report, '1.2.3') as unknown as Sarif;
}

describe('reportSarif', () => {
  it('is one run of SARIF 2.1.0 in which every result names a rule of the driver', () => {
    const sarif = sarifOf();
    expect(sarif.version).toBe('2.1.0');
    const [run] = sarif.runs;
    for (const result of run!.results) {
      expect(run!.tool.driver.rules[result.ruleIndex]?.id).toBe(result.ruleId);
      expect(['error', 'warning', 'note']).toContain(result.level);
      expect(result.message.text).not.toBe('');
    }
    expect(run!.results.map((result) => `${result.ruleId} ${result.level}`)).toEqual([
      'live-drift error',
      'live-drift warning',
      'stack-errored error',
    ]);
  });

  it('places a change at the folder of its stack, and by its address', () => {
    const location = sarifOf().runs[0]!.results[0]!.locations[0]!;
    expect(location.physicalLocation.artifactLocation).toEqual({ uri: 'envs/prod/', uriBaseId: '%SRCROOT%' });
    expect(location.logicalLocations[0]).toEqual({
      name: 'web',
      fullyQualifiedName: 'envs/prod/aws_security_group.web',
      kind: 'resource',
    });
  });

  it('writes folders as URIs', () => {
    const report = driftReport(
      { id: 't', repo: 'r', commit: '', status: 'completed', startedAt: '', endedAt: null },
      [aReportPlan('k', [aChange()]), aReportPlan('_root', [aChange()])],
      [aReportedStack('k', { path: 'a b/c#d' }), aReportedStack('_root', { path: '.' })],
    );
    const uris = sarifOf(report).runs[0]!.results.map(
      (result) => result.locations[0]!.physicalLocation.artifactLocation.uri,
    );
    expect(uris).toEqual(['..', 'a%20b/c%23d/']);
  });

  it('keeps the fingerprint of a finding while its values change', () => {
    const fingerprint = (after: string): unknown =>
      sarifOf(aDriftReport([aChange({ attributes: [anAttribute('/content', { after })] })])).runs[0]!
        .results[0]!.partialFingerprints;
    expect(fingerprint('a')).toEqual(fingerprint('b'));
    const all = sarifOf().runs[0]!.results.map((result) => result.partialFingerprints['plumbline/v1']);
    expect(new Set(all).size).toBe(all.length);
  });

  it('has a result for an output that makes a stack pending', () => {
    const [result, ...others] = sarifOf(anOutputReport()).runs[0]!.results;
    expect(others).toEqual([]);
    expect(result).toMatchObject({ ruleId: 'pending-change', level: 'note' });
    expect(result!.locations[0]!.logicalLocations).toEqual([
      { name: 'url', fullyQualifiedName: 'envs/prod/output.url', kind: 'variable' },
    ]);
  });

  it('reports what was ignored as suppressed, with the reason', () => {
    const ignored = { ...aChange(), ignored: { reason: 'known', rule: 'type=x' } };
    const report = driftReport(
      { id: 't', repo: 'r', commit: '', status: 'completed', startedAt: '', endedAt: null },
      [aReportPlan('a', [], { ignored: [ignored] })],
      [aReportedStack('a')],
    );
    expect(sarifOf(report).runs[0]!.results[0]!.suppressions).toEqual([
      { kind: 'external', status: 'accepted', justification: 'known' },
    ]);
  });
});
