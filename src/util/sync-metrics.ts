import { Gauge, Histogram, type Registry } from 'prom-client';

const SYNC_SECONDS = [1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 21_600];
/** From a minute to a week: people are asked. */
const APPROVAL_SECONDS = [60, 300, 900, 3600, 4 * 3600, 12 * 3600, 86_400, 3 * 86_400, 7 * 86_400];
/** The success rate is that of this many last syncs of a repo and environment. */
const RATE_OVER = 100;

/** What is measured of syncs and approvals. An environment of null is a sync of several, or of stacks that belong to none. */
export interface SyncMetrics {
  /** A sync, reconcile or rollback ended. One that waits for people has neither succeeded nor failed. */
  syncEnded(event: {
    repo: string;
    environment: string | null;
    status: 'completed' | 'failed' | 'awaiting_approval';
    seconds: number;
  }): void;
  /** A plan got its last approval, `seconds` after its changes were first seen. */
  approved(event: { repo: string; environment: string | null; seconds: number }): void;
}

/** Adds the metrics to a registry. The rate is kept per process, over its last syncs. */
export function createSyncMetrics(registry: Registry): SyncMetrics {
  const registers = [registry];
  const labelNames = ['repo', 'environment'];
  const duration = new Histogram({
    name: 'gitops_sync_duration_seconds',
    help: 'How long syncs, reconciles and rollbacks took.',
    labelNames,
    buckets: SYNC_SECONDS,
    registers,
  });
  const rate = new Gauge({
    name: 'gitops_sync_success_rate',
    help: `Share (0 to 1) of the last ${RATE_OVER} syncs that succeeded; those that wait for people do not count.`,
    labelNames,
    registers,
  });
  const approval = new Histogram({
    name: 'gitops_approval_time_seconds',
    help: 'Time from the detection of a change to its last approval.',
    labelNames,
    buckets: APPROVAL_SECONDS,
    registers,
  });
  const outcomes = new Map<string, boolean[]>();
  return {
    syncEnded: ({ repo, environment, status, seconds }) => {
      const labels = labelsOf(repo, environment);
      duration.observe(labels, Math.max(0, seconds));
      if (status === 'awaiting_approval') return;
      const key = JSON.stringify(labels);
      const last = [...(outcomes.get(key) ?? []), status === 'completed'].slice(-RATE_OVER);
      outcomes.set(key, last);
      rate.set(labels, last.filter(Boolean).length / last.length);
    },
    approved: ({ repo, environment, seconds }) =>
      approval.observe(labelsOf(repo, environment), Math.max(0, seconds)),
  };
}

function labelsOf(repo: string, environment: string | null): { repo: string; environment: string } {
  return { repo, environment: environment ?? '' };
}
