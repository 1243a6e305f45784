import { Counter, Gauge, type Registry } from 'prom-client';

/** What is measured of what starts tasks by itself. Times in ms since 1970. */
export interface TriggerMetrics {
  /** The watches that this process keeps now, and when each was last heard of (null: not yet); others vanish. */
  setWatches(
    watches: readonly { target: string; stacks: number; aliveAtMs: number | null; ok: boolean }[],
  ): void;
  /** Somebody has changed something that is watched. */
  liveChange(event: { repo: string }): void;
  /** A scan was asked for because of that. */
  watchScan(event: { repo: string }): void;
  /** A Git host was asked for the newest commit. */
  polled(event: { repo: string; result: 'same' | 'moved' | 'failed' }): void;
}

/** Adds the metrics to a registry. */
export function createTriggerMetrics(registry: Registry): TriggerMetrics {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: ['target'], registers });
  const heard = gauge(
    'plumbline_watch_last_heard_timestamp_seconds',
    'When a watch of live objects last heard of its target, be it only that nothing has changed.',
  );
  const stacks = gauge('plumbline_watch_stacks', 'Stacks whose live objects are watched.');
  const ok = gauge('plumbline_watch_ok', 'Whether all that is to be watched is: 1, else 0.');
  const changes = counter(
    'plumbline_live_changes_total',
    'Changes of live objects that were not Plumbline’s own.',
    ['repo'],
  );
  const scans = counter('plumbline_watch_scans_total', 'Scans that were asked for because of such changes.', [
    'repo',
  ]);
  const polls = counter('plumbline_git_polls_total', 'Questions to Git hosts for the newest commit.', [
    'repo',
    'result',
  ]);
  return {
    setWatches: (watches) => {
      for (const metric of [heard, stacks, ok]) metric.reset();
      for (const { target, aliveAtMs, ...watch } of watches) {
        if (aliveAtMs !== null) heard.set({ target }, aliveAtMs / 1000);
        stacks.set({ target }, watch.stacks);
        ok.set({ target }, watch.ok ? 1 : 0);
      }
    },
    liveChange: (event) => changes.inc(event),
    watchScan: (event) => scans.inc(event),
    polled: (event) => polls.inc(event),
  };
}
