import type { Cause, Severity } from '../change.ts';

/** The most that is still fine, by the config's names; null: no limit. */
export interface AlertThresholds {
  critical_changes: number | null;
  high_priority_changes: number | null;
  drift_age_hours: number | null;
}

/** Whom alerts are for. */
export interface NotificationChannels {
  slack: string | null;
  email: readonly string[];
  pagerduty: string | null;
}

/** `drift_monitoring` of the config. */
export interface DriftMonitoring {
  /** Five cron fields, for repos that have no schedule of their own; null: none. */
  schedule: string | null;
  /** The one name of each environment that is watched; empty: all. */
  environments: readonly string[];
  thresholds: AlertThresholds;
  notify: NotificationChannels;
}

/** A threshold that an environment has passed. */
export interface DriftAlert {
  threshold: keyof AlertThresholds;
  value: number;
  limit: number;
  message: string;
  notify: NotificationChannels;
}

/** What is known of an environment's drift. */
export interface DriftFacts {
  environment: string | null;
  changes: readonly { severity: Severity; cause: Cause }[];
  /** Since when each of its stacks has drifted, ISO 8601; null: it has not. */
  driftedSince: readonly (string | null)[];
  now: Date;
}

const HOUR_MS = 3_600_000;

/**
 * The alerts of an environment, none where it is not watched. Only what live changed counts: what Git wants and nobody has
 * rolled out is no drift. A value that equals its limit is still fine.
 */
export function driftAlerts(monitoring: DriftMonitoring | undefined, facts: DriftFacts): DriftAlert[] {
  const { environment } = facts;
  if (monitoring === undefined) return [];
  const { environments, thresholds, notify } = monitoring;
  if (environments.length > 0 && (environment === null || !environments.includes(environment))) return [];
  const where = environment === null ? 'stacks without an environment' : environment;
  return measures(facts).flatMap(({ threshold, value, what }) => {
    const limit = thresholds[threshold];
    if (limit === null || value <= limit) return [];
    const message = `${what(value)} in ${where}; the limit is ${limit}.`;
    return [{ threshold, value, limit, message, notify }];
  });
}

interface Measure {
  threshold: keyof AlertThresholds;
  value: number;
  what: (value: number) => string;
}

function measures({ changes, driftedSince, now }: DriftFacts): Measure[] {
  const drifted = changes.filter(({ cause }) => cause !== 'pending');
  const count = (severity: Severity) => drifted.filter((change) => change.severity === severity).length;
  const since = driftedSince.flatMap((at) => (at === null ? [] : [Date.parse(at)]));
  const ageMs = since.length === 0 ? 0 : now.getTime() - Math.min(...since);
  return [
    {
      threshold: 'critical_changes',
      value: count('critical'),
      what: (value) => `${value} critical drifted resources`,
    },
    {
      threshold: 'high_priority_changes',
      value: count('high'),
      what: (value) => `${value} drifted resources of severity high`,
    },
    {
      threshold: 'drift_age_hours',
      value: Math.floor((ageMs / HOUR_MS) * 10) / 10,
      what: (value) => `Drift that is ${value} h old`,
    },
  ];
}
