import { describe, expect, it } from 'vitest';
import { aChange, anIgnoreRule } from '../../../test/support/a-change.ts';
import {
  aDriftReport,
  anOutput,
  anOutputReport,
  aReportedStack,
  aReportPlan,
} from '../../../test/support/a-report.ts';
import { driftReport } from './report.ts';
import { reportJson } from './json.ts';
import { reportsByEnvironment } from './environment.ts';

describe('driftReport', () => {
  it('has the keys of the drift analyzer, and each change has its own', () => {
    const report = aDriftReport();
    expect(report).toMatchObject({
      drift_detected: true,
      total_changes: 2,
      changes_by_severity: { critical: 1, high: 0, medium: 1, low: 0 },
      changes_by_action: { create: 1, update: 1 },
      changes_by_cause: { drift: 2, pending: 0, both: 0 },
      affected_resources: ['aws_security_group.web', 'local_file.page'],
    });
    expect(report.changes[0]).toMatchObject({
      resource_type: 'aws_security_group',
      resource_name: 'web',
      actions: ['update'],
      before: {},
      after: {},
      severity: 'critical',
      severity_reason: 'open to the internet',
      address: 'aws_security_group.web',
      stack: 'envs/prod',
      environment: 'production',
      cause: 'drift',
    });
  });

  it('finds no drift in a task without changes', () => {
    expect(aDriftReport([])).toMatchObject({
      drift_detected: false,
      total_changes: 0,
      severity: null,
      changes: [],
    });
  });

  it('counts an output that makes a stack pending as a change of its own', () => {
    const report = anOutputReport();
    expect(report).toMatchObject({
      drift_detected: true,
      total_changes: 1,
      severity: 'low',
      changes_by_severity: { critical: 0, high: 0, medium: 0, low: 1 },
      changes_by_action: { update: 1 },
      changes_by_cause: { drift: 0, pending: 1, both: 0 },
      affected_resources: ['output.url'],
      changes: [{ resource_type: 'output', resource_name: 'url', actions: ['update'], cause: 'pending' }],
      stacks: [{ status: 'pending', drift: 0, pending: 1, severity: 'low' }],
    });
    expect(Object.keys(report.changes[0]!)).toEqual(Object.keys(aDriftReport().changes[0]!));
  });

  it('counts no output that a resource explains', () => {
    const drifted = aChange();
    const ofDrift = aReportPlan('a', [drifted], { outputs: [anOutput('id', { unexplained: undefined })] });
    const ofGit = aReportPlan('b', [{ ...drifted, cause: 'pending' }], { outputs: [anOutput('id')] });
    const report = driftReport(
      { id: 't', repo: 'r', commit: '', status: 'completed', startedAt: '', endedAt: null },
      [ofDrift, ofGit],
      [aReportedStack('a'), aReportedStack('b')],
    );
    expect(report.total_changes).toBe(2);
    expect(report.outputs).toHaveLength(2);
  });

  it('shows a stack without a result as what it is, with its reason', () => {
    const staging = aDriftReport().stacks.find((stack) => stack.key === 'envs/staging');
    expect(staging).toMatchObject({ status: 'errored', error: { code: 'init_failed' } });
  });

  it('lists what was ignored with its rule, and the rules that did nothing', () => {
    const rules = [
      anIgnoreRule({ type: 'used' }),
      anIgnoreRule({ type: 'idle' }),
      anIgnoreRule({ type: 'old', until: '2020-01-01' }),
    ];
    const ignored = { ...aChange({ kind: 'used' }), ignored: { reason: 'known', rule: 'type=used' } };
    const report = driftReport(
      { id: 't', repo: 'r', commit: '', status: 'completed', startedAt: '', endedAt: null },
      [aReportPlan('a', [], { ignored: [ignored] })],
      [aReportedStack('a')],
      { ignore: { rules, now: new Date('2026-01-01') } },
    );
    expect(report.drift_detected).toBe(false);
    expect(report.ignored[0]?.ignored).toEqual({ reason: 'known', rule: 'type=used', until: null });
    expect(report.ignore_rules.unused.map((rule) => rule.rule)).toEqual(['type=idle']);
    expect(report.ignore_rules.expired.map((rule) => rule.rule)).toEqual(['type=old']);
  });
});

describe('reportsByEnvironment', () => {
  it('consolidates stacks of all kinds and repos under the name of their environment', () => {
    const task = { id: 't', commit: '', status: 'completed' as const, startedAt: '', endedAt: null };
    const infra = driftReport(
      { ...task, repo: 'infra' },
      [aReportPlan('terraform/environments/prod', [aChange({ severity: 'high' })])],
      [aReportedStack('terraform/environments/prod'), aReportedStack('tools')],
    );
    const apps = driftReport(
      { ...task, repo: 'apps' },
      [aReportPlan('k8s/production', [aChange({ severity: 'critical' })])],
      [
        aReportedStack('k8s/production', { kind: 'kubernetes' }),
        aReportedStack('k8s/staging', { kind: 'kubernetes' }),
      ],
    );
    const reports = reportsByEnvironment([infra, apps]);
    expect(reports.map((report) => report.environment)).toEqual(['production', 'staging', null]);
    expect(reports[0]).toMatchObject({
      drift_detected: true,
      total_changes: 2,
      severity: 'critical',
      kinds: {
        kubernetes: { stacks: 1, total_changes: 1, severity: 'critical' },
        terraform: { stacks: 1, total_changes: 1, severity: 'high' },
      },
    });
    expect(reports[0]?.changes.map((change) => change.repo)).toEqual(['apps', 'infra']);
    expect(reports[1]?.drift_detected).toBe(false);
  });
});

describe('reportsByEnvironment of a stack in which only an output changes', () => {
  it('counts it like the stack’s own report does', () => {
    expect(reportsByEnvironment([anOutputReport()])).toMatchObject([
      {
        environment: 'production',
        drift_detected: true,
        total_changes: 1,
        severity: 'low',
        kinds: { terraform: { stacks: 1, total_changes: 1, severity: 'low' } },
      },
    ]);
  });
});

describe('reportJson', () => {
  it('reads back as the report', () => {
    const report = aDriftReport();
    expect(JSON.parse(reportJson(report))).toEqual(report);
  });
});
