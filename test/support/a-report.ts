import type { Change, OutputChange } from '../../src/domain/change.ts';
import {
  driftReport,
  type DriftReport,
  type ReportedStack,
  type ReportPlan,
} from '../../src/domain/reports/report.ts';
import { anAttribute, aChange } from './a-change.ts';

/** A stack of a task, in sync unless `changes` says otherwise. */
export function aReportedStack(key: string, changes: Partial<ReportedStack> = {}): ReportedStack {
  return {
    key,
    path: key,
    kind: 'terraform',
    workspace: 'default',
    status: 'in_sync',
    drift: 0,
    pending: 0,
    error: null,
    ...changes,
  };
}

/** A plan with these changes. */
export function aReportPlan(stackKey: string, changes: Change[], more: Partial<ReportPlan> = {}): ReportPlan {
  return { stackKey, changes, ignored: [], outputs: [], ...more };
}

/** An output with another value that no resource explains. */
export function anOutput(name: string, changes: Partial<OutputChange> = {}): OutputChange {
  return {
    name,
    action: 'update',
    before: 'old',
    after: 'new',
    sensitive: false,
    unexplained: true,
    ...changes,
  };
}

/** A report about a stack in which only the output `url` changes. */
export function anOutputReport(): DriftReport {
  return driftReport(
    {
      id: 't',
      repo: 'r',
      commit: '',
      status: 'completed',
      startedAt: '2026-03-10T10:00:00.000Z',
      endedAt: null,
    },
    [aReportPlan('envs/prod', [], { outputs: [anOutput('url')] })],
    [aReportedStack('envs/prod', { status: 'pending', pending: 1 })],
  );
}

/** A report of one task about three stacks: a drifted one, a failed one, one in sync. */
export function aDriftReport(changes?: Change[]): DriftReport {
  const found = changes ?? [
    aChange({ kind: 'local_file', name: 'page', action: 'create', actions: ['create'], severity: 'medium' }),
    aChange({
      kind: 'aws_security_group',
      name: 'web',
      severity: 'critical',
      severityReason: 'open to the internet',
      attributes: [anAttribute('/ingress/0/cidr_blocks', { before: ['10.0.0.0/8'], after: ['0.0.0.0/0'] })],
    }),
  ];
  return driftReport(
    {
      id: 'my-infra:1706712345678',
      repo: 'my-infra',
      commit: '0123456789abcdef0123456789abcdef01234567',
      status: 'completed',
      startedAt: '2026-03-10T10:00:00.000Z',
      endedAt: '2026-03-10T10:01:00.000Z',
    },
    [aReportPlan('envs/prod', found), aReportPlan('envs/dev', [])],
    [
      aReportedStack('envs/prod', { status: 'drifted', drift: found.length }),
      aReportedStack('envs/staging', {
        status: 'errored',
        error: { code: 'init_failed', message: 'No provider | could be installed <b>' },
      }),
      aReportedStack('envs/dev'),
    ],
  );
}
