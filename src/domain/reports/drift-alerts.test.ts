import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SEVERITIES } from '../change.ts';
import { driftAlerts, type DriftMonitoring } from './drift-alerts.ts';

const now = new Date('2026-03-04T12:00:00Z');
const most = (thresholds: Partial<DriftMonitoring['thresholds']>): DriftMonitoring => ({
  schedule: null,
  environments: [],
  thresholds: { critical_changes: null, high_priority_changes: null, drift_age_hours: null, ...thresholds },
  notify: { slack: null, email: [], pagerduty: null },
});
const facts = { environment: 'production', changes: [], driftedSince: [], now };
const change = fc.record({
  severity: fc.constantFrom(...SEVERITIES),
  cause: fc.constantFrom('drift' as const, 'pending' as const, 'both' as const),
});

describe('driftAlerts', () => {
  it('are none where nothing is watched, and where no limit is given', () => {
    const bad = { ...facts, changes: [{ severity: 'critical', cause: 'both' } as const] };
    expect(driftAlerts(undefined, bad)).toEqual([]);
    expect(driftAlerts(most({}), bad)).toEqual([]);
    expect(driftAlerts({ ...most({ critical_changes: 0 }), environments: ['staging'] }, bad)).toEqual([]);
    expect(driftAlerts(most({ critical_changes: 0 }), bad)).toHaveLength(1);
    expect(driftAlerts(most({ critical_changes: 0 }), { ...bad, environment: null })[0]?.message).toBe(
      '1 critical drifted resources in stacks without an environment; the limit is 0.',
    );
  });

  it('goes by the oldest drift', () => {
    const driftedSince = ['2026-03-04T11:30:00Z', null, '2026-03-04T08:00:00Z'];
    const [alert] = driftAlerts(most({ drift_age_hours: 3 }), { ...facts, driftedSince });
    expect(alert).toMatchObject({ threshold: 'drift_age_hours', value: 4, limit: 3 });
  });

  it('is raised exactly when more drifted than the limit says, whatever merely waits in Git', () => {
    fc.assert(
      fc.property(fc.array(change), fc.nat(4), (changes, limit) => {
        const drifted = changes.filter(({ cause }) => cause !== 'pending');
        const critical = drifted.filter(({ severity }) => severity === 'critical').length;
        const alerts = driftAlerts(most({ critical_changes: limit }), { ...facts, changes });
        expect(alerts.map(({ value }) => value)).toEqual(critical > limit ? [critical] : []);
      }),
    );
  });
});
