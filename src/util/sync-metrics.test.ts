import { describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

const ended = { repo: 'infra', environment: 'production', seconds: 12 };

describe('the metrics of syncs', () => {
  it('keeps the share of syncs that succeeded, and leaves out those that wait for people', async () => {
    const metrics = createMetrics();
    metrics.syncEnded({ ...ended, status: 'completed' });
    metrics.syncEnded({ ...ended, status: 'failed' });
    metrics.syncEnded({ ...ended, status: 'awaiting_approval' });
    const text = await metrics.registry.metrics();
    expect(text).toContain('gitops_sync_success_rate{repo="infra",environment="production"} 0.5');
    expect(text).toContain('gitops_sync_duration_seconds_count{repo="infra",environment="production"} 3');
  });

  it('forgets what is longer ago than a hundred syncs', async () => {
    const metrics = createMetrics();
    metrics.syncEnded({ ...ended, status: 'failed' });
    for (let sync = 0; sync < 100; sync += 1) metrics.syncEnded({ ...ended, status: 'completed' });
    expect(await metrics.registry.metrics()).toContain(
      'gitops_sync_success_rate{repo="infra",environment="production"} 1',
    );
  });

  it('measures approvals from the detection on', async () => {
    const metrics = createMetrics();
    metrics.approved({ repo: 'infra', environment: null, seconds: 90 });
    const text = await metrics.registry.metrics();
    expect(text).toContain('gitops_approval_time_seconds_bucket{le="300",repo="infra",environment=""} 1');
    expect(text).toContain('gitops_approval_time_seconds_sum{repo="infra",environment=""} 90');
  });

  it('says of drift where it is, when that is known', async () => {
    const metrics = createMetrics();
    metrics.driftDetected({ repo: 'infra', environment: 'staging', severity: 'high', changes: 2 });
    expect(await metrics.registry.metrics()).toContain(
      'gitops_drift_detected_total{repo="infra",severity="high",environment="staging"} 2',
    );
  });
});
