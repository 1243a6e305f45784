import { describe, expect, it } from 'vitest';
import { aReportedStack } from '../../../test/support/a-report.ts';
import { type EmergencyAttempt, emergencyPeriod } from './emergencies.ts';
import { reportsByEnvironment } from './environment.ts';
import { reportMarkdown } from './markdown.ts';
import { driftReport } from './report.ts';
import { reportSarif } from './sarif.ts';

const task = { id: 't', repo: 'r', commit: '', status: 'completed' as const, startedAt: '', endedAt: null };

function anEmergency(changes: Partial<EmergencyAttempt> = {}): EmergencyAttempt {
  return {
    stackKey: 'envs/prod',
    taskId: 'r:1',
    commit: 'c0ffee',
    status: 'applied',
    startedAt: '2026-03-10T10:00:00.000Z',
    emergency: { by: 'bob@example.com', reason: 'the site is down' },
    ...changes,
  };
}

function reportOf(emergencies: EmergencyAttempt[], repo = 'r') {
  const stacks = [aReportedStack('envs/prod'), aReportedStack('envs/dev')];
  return driftReport({ ...task, repo }, [], stacks, { emergencies });
}

const sarifOf = (emergencies: EmergencyAttempt[]) => {
  const { runs } = reportSarif(reportOf(emergencies)) as unknown as {
    runs: { results: { ruleId: string; level: string; partialFingerprints: Record<string, string> }[] }[];
  };
  return runs[0]!.results;
};

describe('emergency applies in a report', () => {
  it('are those of its stacks, newest first, and change none of its figures', () => {
    const report = reportOf([
      anEmergency(),
      anEmergency({ stackKey: 'envs/dev', startedAt: '2026-03-11T10:00:00.000Z' }),
      anEmergency({ stackKey: 'envs/other' }),
    ]);
    expect(report.emergencies.map(({ stack, environment }) => [stack, environment])).toEqual([
      ['envs/dev', 'development'],
      ['envs/prod', 'production'],
    ]);
    expect({ ...report, emergencies: [] }).toEqual(reportOf([]));
  });

  it('are consolidated per environment, newest first, with their repo', () => {
    const later = anEmergency({ startedAt: '2026-03-12T10:00:00.000Z' });
    const reports = reportsByEnvironment([reportOf([anEmergency()], 'infra'), reportOf([later], 'apps')]);
    const found = reports.map(({ environment, emergencies }) => [
      environment,
      emergencies.map((one) => one.repo),
    ]);
    expect(found).toEqual([
      ['development', []],
      ['production', ['apps', 'infra']],
    ]);
  });

  it('are findings of their own in SARIF, one for each', () => {
    const results = sarifOf([anEmergency(), anEmergency({ taskId: 'r:2' })]);
    expect(results.map(({ ruleId, level }) => [ruleId, level])).toEqual([
      ['emergency-apply', 'warning'],
      ['emergency-apply', 'warning'],
    ]);
    expect(new Set(results.map((one) => one.partialFingerprints['plumbline/v1'])).size).toBe(2);
    expect(sarifOf([])).toEqual([]);
  });

  it('stand first in Markdown, as many as there is room for, and can format nothing', () => {
    const emergency = { by: 'bob@example.com', reason: '| <b>now</b> @team' };
    const text = reportMarkdown(reportOf(Array.from({ length: 25 }, () => anEmergency({ emergency }))));
    expect(text).toContain('Applied in an emergency, without approvals (25)');
    expect(text.match(/\| `envs\/prod` \|/g)).toHaveLength(20);
    expect(text).toContain('_and 5 more_');
    expect(text).not.toMatch(/<b>|@team/);
    expect(reportMarkdown(reportOf([]))).not.toContain('emergency');
  });

  it('are said to be of nobody on record where an attempt does not say', () => {
    const [first] = reportOf([anEmergency({ emergency: undefined })]).emergencies;
    expect(first).toMatchObject({ by: null, reason: null });
  });

  it('are those of the thirty days before the report', () => {
    expect(emergencyPeriod(new Date('2026-03-31T10:00:00Z'))).toEqual({
      from: '2026-03-01T10:00:00.000Z',
      to: '2026-03-31T10:00:00.000Z',
    });
  });
});
