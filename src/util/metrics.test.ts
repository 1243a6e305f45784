import { describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

describe('createMetrics', () => {
  it('counts drift by repo, environment and severity', async () => {
    const metrics = createMetrics();
    metrics.driftDetected({ repo: 'infra', severity: 'high', changes: 3 });
    metrics.driftDetected({ repo: 'infra', environment: 'production', severity: 'low', changes: 1 });
    const text = await metrics.registry.metrics();
    expect(text).toContain('gitops_drift_detected_total{repo="infra",severity="high"} 3');
    expect(text).toMatch(/_total\{repo="infra",severity="low",environment="production"\} 1/);
  });

  it('shows how many jobs wait and run, also when none does', async () => {
    const metrics = createMetrics();
    metrics.setJobs({ pending: 7, running: 2 });
    metrics.setJobs({ pending: 0, running: 2 });
    const text = await metrics.registry.metrics();
    expect(text).toContain('plumbline_jobs{status="pending"} 0');
    expect(text).toContain('plumbline_jobs{status="running"} 2');
  });

  it('forgets repos that are no longer named', async () => {
    const metrics = createMetrics();
    const gauges = { byStatus: { drifted: 2 }, bySeverity: { low: 2 }, drifted: 2, pending: 0 };
    metrics.setStacks([{ repo: 'old', ...gauges }]);
    metrics.setStacks([{ repo: 'new', ...gauges }]);
    const text = await metrics.registry.metrics();
    expect(text).toContain('plumbline_drifted_stacks{repo="new"} 2');
    expect(text).not.toContain('"old"');
  });

  it('adds what other sources say to a scrape', async () => {
    const metrics = createMetrics();
    metrics.addSource(async () => 'temporal_request_total 7\n');
    expect(await metrics.registry.metrics()).toContain('temporal_request_total 7');
  });
});
