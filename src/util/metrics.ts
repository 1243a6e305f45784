import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { createSyncMetrics, type SyncMetrics } from './sync-metrics.ts';
import { createTriggerMetrics, type TriggerMetrics } from './trigger-metrics.ts';

const TASK_SECONDS = [1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 21_600];
const JOB_SECONDS = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 1800];

/** What is known of the stacks of a repo at the moment of a scrape. */
export interface StackGauges {
  repo: string;
  byStatus: Readonly<Record<string, number>>;
  bySeverity: Readonly<Record<string, number>>;
  /** Stacks with drift, alone or beside pending changes. */
  drifted: number;
  /** Stacks with pending changes, alone or beside drift. */
  pending: number;
}

/** Drift instances of one severity that one plan found first: resources that live changed by itself. */
export interface DriftDetected {
  repo: string;
  /** Left out, or null: the stack belongs to none. */
  environment?: string | null;
  severity: string;
  changes: number;
}

/** Plumbline's own metrics, of one process. */
export interface Metrics extends SyncMetrics, TriggerMetrics {
  registry: Registry;
  taskEnded(event: { repo: string; status: string; seconds: number }): void;
  jobStarted(event: { repo: string; queueSeconds: number }): void;
  jobEnded(event: {
    repo: string;
    kind: string;
    status: string;
    outcome: string;
    seconds: number | null;
  }): void;
  driftDetected(event: DriftDetected): void;
  cache(event: { cache: string; hit: boolean }): void;
  /** Sets the gauges of all repos; those that aren't named any more vanish. */
  setStacks(repos: readonly StackGauges[]): void;
  /** How many tasks are running now, by repo; repos that aren't named any more vanish. */
  setRunningTasks(tasks: ReadonlyMap<string, number>): void;
  /** Jobs of running tasks that wait for a worker, and that one works on: what more workers would help with. */
  setJobs(jobs: { pending: number; running: number }): void;
  /** Anchors of the audit log that fail or lag; those that aren't named any more vanish. */
  setAnchorTroubles(anchors: readonly { name: string; state: string }[]): void;
  /** Adds metrics in Prometheus' text format to every scrape, such as those of the Temporal SDK. */
  addSource(text: () => Promise<string>): void;
}

/** A registry whose scrape also has what others keep. */
class SourcedRegistry extends Registry {
  readonly sources: (() => Promise<string>)[] = [];

  override async metrics(): Promise<string> {
    const texts = await Promise.all([super.metrics(), ...this.sources.map((source) => source())]);
    return texts.filter((text) => text !== '').join('\n');
  }
}

/** Makes the metrics of a process, in a registry of their own. */
export function createMetrics(): Metrics {
  const registry = new SourcedRegistry();
  const addSource = (text: () => Promise<string>): void => void registry.sources.push(text);
  return {
    registry,
    addSource,
    ...createCounters(registry),
    ...createGauges(registry),
    ...createSyncMetrics(registry),
    ...createTriggerMetrics(registry),
  };
}

function createCounters(registry: Registry) {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: L[], buckets: number[]) =>
    new Histogram({ name, help, labelNames, buckets, registers });

  const tasks = counter('plumbline_tasks_total', 'Tasks that ended, by repo and status.', ['repo', 'status']);
  const taskSeconds = histogram(
    'plumbline_task_duration_seconds',
    'How long tasks took.',
    ['status'],
    TASK_SECONDS,
  );
  const jobs = counter('plumbline_jobs_total', 'Jobs that ended, by repo, kind, status and outcome.', [
    'repo',
    'kind',
    'status',
    'outcome',
  ]);
  const jobSeconds = histogram(
    'plumbline_job_duration_seconds',
    'How long the plan of a stack took, from its first start.',
    ['kind', 'status'],
    JOB_SECONDS,
  );
  const queueSeconds = histogram(
    'plumbline_job_queue_seconds',
    'How long jobs waited for a worker.',
    ['repo'],
    JOB_SECONDS,
  );
  const drift = counter(
    'gitops_drift_detected_total',
    'Drift instances found: resources that live changed by itself, each counted once while it stands.',
    ['repo', 'environment', 'severity'],
  );
  const cache = counter('plumbline_cache_total', 'Whether a step could use what an earlier one left.', [
    'cache',
    'result',
  ]);
  return {
    taskEnded: (event: { repo: string; status: string; seconds: number }) => {
      tasks.inc({ repo: event.repo, status: event.status });
      taskSeconds.observe({ status: event.status }, event.seconds);
    },
    jobStarted: ({ repo, queueSeconds: seconds }: { repo: string; queueSeconds: number }) =>
      queueSeconds.observe({ repo }, Math.max(0, seconds)),
    jobEnded: ({ repo, kind, status, outcome, seconds }: Parameters<Metrics['jobEnded']>[0]) => {
      jobs.inc({ repo, kind, status, outcome });
      if (seconds !== null) jobSeconds.observe({ kind, status }, Math.max(0, seconds));
    },
    driftDetected: ({ repo, environment, severity, changes }: DriftDetected) =>
      drift.inc({ repo, severity, ...(environment ? { environment } : {}) }, changes),
    cache: (event: { cache: string; hit: boolean }) =>
      cache.inc({ cache: event.cache, result: event.hit ? 'hit' : 'miss' }),
  };
}

function createGauges(registry: Registry) {
  const gauge = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const stacks = gauge('plumbline_stacks', 'Stacks by repo and status.', ['repo', 'status']);
  const severity = gauge('plumbline_stack_severity', 'Stacks by repo and their worst severity.', [
    'repo',
    'severity',
  ]);
  const drifted = gauge('plumbline_drifted_stacks', 'Stacks whose live state has drifted.', ['repo']);
  const pending = gauge('plumbline_pending_stacks', 'Stacks with changes that are not applied yet.', [
    'repo',
  ]);
  const running = gauge('plumbline_tasks_running', 'Tasks that are running now.', ['repo']);
  const jobs = gauge('plumbline_jobs', 'Jobs that wait for a worker, and that one works on.', ['status']);
  const anchors = gauge(
    'plumbline_audit_anchor_troubles',
    'Anchors of the audit log that fail or lag behind: 1 for each, and none when all is well.',
    ['anchor', 'state'],
  );
  return {
    setAnchorTroubles: (troubles: readonly { name: string; state: string }[]) => {
      anchors.reset();
      for (const { name, state } of troubles) anchors.set({ anchor: name, state }, 1);
    },
    setStacks: (repos: readonly StackGauges[]) => {
      for (const metric of [stacks, severity, drifted, pending]) metric.reset();
      for (const known of repos) {
        const { repo } = known;
        for (const [status, count] of Object.entries(known.byStatus)) stacks.set({ repo, status }, count);
        for (const [level, count] of Object.entries(known.bySeverity))
          severity.set({ repo, severity: level }, count);
        drifted.set({ repo }, known.drifted);
        pending.set({ repo }, known.pending);
      }
    },
    setRunningTasks: (tasks: ReadonlyMap<string, number>) => {
      running.reset();
      for (const [repo, count] of tasks) running.set({ repo }, count);
    },
    setJobs: (counts: Parameters<Metrics['setJobs']>[0]) => {
      for (const status of ['pending', 'running'] as const) jobs.set({ status }, counts[status]);
    },
  };
}
