import { describe, expect, it } from 'vitest';
import { classifyPlan } from '../../src/domain/severity/classify.ts';
import { DEFAULT_KEYWORDS } from '../../src/domain/severity/keywords.ts';
import { driftReport } from '../../src/domain/reports/report.ts';
import { reportsByEnvironment } from '../../src/domain/reports/environment.ts';
import { aRawChange, severitySettings } from '../support/a-change.ts';
import { aReportedStack } from '../support/a-report.ts';

const task = { id: 't', repo: 'r', commit: '', status: 'completed' as const, startedAt: '', endedAt: null };

function reportOf(
  path: string,
  kind: string,
  changes: Parameters<typeof aRawChange>[0][],
): ReturnType<typeof driftReport> {
  const plan = classifyPlan(
    { changes: changes.map(aRawChange), outputs: [] },
    { severity: severitySettings(), ignore: [], repo: 'r', stackKey: path, now: new Date(0) },
  );
  return driftReport(
    task,
    [{ stackKey: path, outputs: [], ...plan }],
    [aReportedStack(path, { kind, status: plan.status })],
  );
}

describe('the drift analyzer’s report', () => {
  it('has its categories as default keywords', () => {
    expect(DEFAULT_KEYWORDS).toEqual({
      critical: ['security', 'rbac', 'secrets', 'certificates'],
      high: ['resources', 'networking', 'storage'],
      medium: ['configurations', 'labels', 'annotations'],
      low: ['metadata', 'descriptions'],
    });
  });

  it('gives every change of a Terraform plan its type, name, actions, values and severity', () => {
    const report = reportOf('terraform/prod', 'terraform', [
      { kind: 'aws_security_group', name: 'web', actions: ['update'], before: { a: 1 }, after: { a: 2 } },
      {
        kind: 'local_file',
        name: 'page',
        action: 'replace',
        actions: ['delete', 'create'],
        cause: 'pending',
      },
    ]);
    expect(Object.keys(report)).toEqual(
      expect.arrayContaining([
        'drift_detected',
        'total_changes',
        'changes_by_severity',
        'changes_by_action',
        'affected_resources',
        'changes',
      ]),
    );
    expect(report.changes[0]).toMatchObject({
      resource_type: 'aws_security_group',
      resource_name: 'web',
      actions: ['update'],
      before: { a: 1 },
      after: { a: 2 },
      severity: 'high',
    });
    expect(report.changes_by_action).toEqual({ update: 1, replace: 1 });
    expect(report.total_changes).toBe(2);
    expect(report.drift_detected).toBe(true);
  });

  it('is empty when there is nothing to report', () => {
    expect(reportOf('terraform/prod', 'terraform', [])).toMatchObject({
      drift_detected: false,
      total_changes: 0,
      changes_by_severity: { critical: 0, high: 0, medium: 0, low: 0 },
      changes_by_action: {},
      affected_resources: [],
      changes: [],
    });
  });

  it('is consolidated per environment across kinds', () => {
    const reports = reportsByEnvironment([
      reportOf('k8s/production', 'kubernetes', [{ kind: 'ClusterRole', name: 'admin' }]),
      reportOf('terraform/production', 'terraform', [{ kind: 'local_file', name: 'page' }]),
    ]);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({
      environment: 'production',
      total_changes: 2,
      changes_by_severity: { critical: 1, low: 1 },
    });
  });
});
