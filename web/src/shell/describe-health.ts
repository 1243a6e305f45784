import type { HealthJson } from '../api/types.ts';

/** The server's state in a few words (`label`) and in all its parts (`details`, one per line). */
export interface HealthWords {
  level: 'ok' | 'degraded' | 'down' | 'unknown';
  label: string;
  details: string;
}

/** Words for a health answer; `failed` means that the server gave none. */
export function describeHealth(health: HealthJson | undefined, failed: boolean): HealthWords {
  if (failed) return { level: 'down', label: 'Not connected', details: 'The server does not answer.' };
  if (!health) return { level: 'unknown', label: 'Connecting', details: 'Waiting for the server.' };
  const pollers = health.workers.reduce((sum, worker) => sum + worker.pollers, 0);
  const unwell = health.watches.filter(({ state }) => state !== 'ok');
  const details = [
    `Plumbline ${health.version}`,
    `Temporal: ${health.temporal.ok ? 'ok' : health.temporal.message} (${health.temporal.address})`,
    `Store: ${health.store.ok ? 'ok' : health.store.message} (${health.store.kind})`,
    `Workers polling: ${pollers}`,
    ...unwell.map(
      ({ target, state, code }) => `Watch of ${target}: ${state}${code === null ? '' : ` (${code})`}`,
    ),
    ...health.audit_anchors.map(({ name, state, since }) => `Audit anchor ${name}: ${state} since ${since}`),
  ].join('\n');
  if (!health.temporal.ok) return { level: 'degraded', label: 'Temporal unreachable', details };
  if (!health.store.ok) return { level: 'degraded', label: 'Store unreachable', details };
  if (pollers === 0) return { level: 'degraded', label: 'No worker', details };
  if (health.audit_anchors.length > 0) return { level: 'degraded', label: 'Audit anchor failing', details };
  if (unwell.length > 0) return { level: 'degraded', label: 'Watch failing', details };
  return { level: 'ok', label: 'Connected', details };
}
