import { describe, expect, it } from 'vitest';
import { an, condition, table, withConditions } from '../../../../test/support/health-table.ts';
import { compileHealthRules } from './custom-rules.ts';
import { healthOf } from './health-of.ts';

table('example.com/v1', 'Widget', [
  ['without a status', {}, 'healthy', ''],
  ['ready', withConditions(condition('Ready', 'True')), 'healthy', ''],
  [
    'not ready',
    withConditions(condition('Ready', 'False', 'Waiting', 'no disk yet')),
    'progressing',
    'no disk yet',
  ],
  [
    'of which nobody knows',
    withConditions(condition('Ready', 'Unknown', 'Pending')),
    'progressing',
    'Ready is Unknown: Pending',
  ],
  [
    'reconciling',
    withConditions(condition('Ready', 'True'), condition('Reconciling', 'True', '', 'building')),
    'progressing',
    'building',
  ],
  [
    'stalled',
    withConditions(condition('Reconciling', 'True'), condition('Stalled', 'True', '', 'bad spec')),
    'degraded',
    'bad spec',
  ],
  ['not stalled', withConditions(condition('Stalled', 'False')), 'healthy', ''],
]);

describe('healthOf', () => {
  it('says that an object is missing', () => {
    expect(healthOf(undefined).status).toBe('missing');
  });

  it('waits until the newest generation is observed, where the controller says which it has seen', () => {
    const fields = { status: { observedGeneration: 1, conditions: [condition('Ready', 'True')] } };
    expect(healthOf(an('example.com/v1', 'Widget', fields, { generation: 2 })).status).toBe('progressing');
    expect(healthOf(an('example.com/v1', 'Widget', fields, { generation: 1 })).status).toBe('healthy');
  });

  it('calls what is being deleted progressing, and names its finalizers', () => {
    const metadata = { deletionTimestamp: '2026-03-01T10:00:00Z', finalizers: ['example.com/hold'] };
    const health = healthOf(an('v1', 'ConfigMap', {}, metadata));
    expect(health).toEqual({
      status: 'progressing',
      reason: 'it is being deleted, and waits for its finalizers: example.com/hold',
    });
  });

  it('does not take a kind of another group for one of Kubernetes', () => {
    expect(healthOf(an('example.com/v1', 'Deployment')).status).toBe('healthy');
  });

  it("prefers a stack's own rule to that of the kind", () => {
    const rules = compileHealthRules([
      { name: 'jobs', group: 'batch', kind: 'Job', test: { jsonPath: '{.spec.suspend}', value: 'true' } },
    ]);
    expect(healthOf(an('batch/v1', 'Job', { spec: { suspend: true } }), { rules }).status).toBe('healthy');
  });

  it('says what lies behind, where pods and events are given, and never lets that change the status', () => {
    const set = an(
      'apps/v1',
      'StatefulSet',
      { spec: { replicas: 1 }, status: { observedGeneration: 1 } },
      { generation: 1 },
    );
    const pod = an('v1', 'Pod', {
      status: {
        phase: 'Pending',
        containerStatuses: [
          { name: 'app', state: { waiting: { reason: 'ErrImagePull', message: 'no such image' } } },
        ],
      },
    });
    expect(healthOf(set, { related: { pods: [pod], events: [] } })).toEqual({
      status: 'progressing',
      reason:
        "waiting for 1 of 1 pods to be ready; container app of pod x can't start: ErrImagePull: no such image",
    });
    expect(healthOf(set, { related: { pods: [], events: [] } }).reason).toBe(
      'waiting for 1 of 1 pods to be ready',
    );
  });

  it('says what is wrong with a pod once', () => {
    const state = { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting' } };
    const lastState = { terminated: { exitCode: 1, message: 'panic: no database' } };
    const pod = an('v1', 'Pod', {
      status: { phase: 'Running', containerStatuses: [{ name: 'app', state, lastState }] },
    });
    expect(healthOf(pod, { related: { pods: [], events: [] } })).toEqual({
      status: 'degraded',
      reason: 'container app of pod x ended with exit code 1: panic: no database (now CrashLoopBackOff)',
    });
  });
});
