import { describe, expect, it } from 'vitest';
import { driftReport } from './report.ts';
import { reportOfRepos } from './repos.ts';
import { aChange } from '../../../test/support/a-change.ts';

const report = (repo: string, severity: 'low' | 'critical') =>
  driftReport(
    {
      id: `${repo}:1`,
      repo,
      commit: '',
      status: 'completed',
      startedAt: '2026-01-01T00:00:00Z',
      endedAt: null,
    },
    [
      {
        stackKey: 's',
        changes: [{ ...aChange({ address: `${repo}.a` }), severity, severityReason: 'x' }],
        ignored: [],
        outputs: [],
      },
    ],
    [],
  );

describe('reportOfRepos', () => {
  it('counts over all repos, says of each change whose it is, and keeps each report', () => {
    const all = reportOfRepos([report('one', 'low'), report('two', 'critical')]);
    expect(all).toMatchObject({
      drift_detected: true,
      total_changes: 2,
      severity: 'critical',
      changes_by_severity: { critical: 1, high: 0, medium: 0, low: 1 },
      affected_resources: ['one.a', 'two.a'],
      reports: [{ repo: 'one' }, { repo: 'two' }],
    });
    expect(all.changes.map(({ repo, address }) => [repo, address])).toEqual([
      ['two', 'two.a'],
      ['one', 'one.a'],
    ]);
  });

  it('is a document of zeros when nothing was scanned', () => {
    expect(reportOfRepos([])).toMatchObject({
      drift_detected: false,
      total_changes: 0,
      severity: null,
      reports: [],
    });
  });
});
