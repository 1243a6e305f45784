import { environmentName } from '../domain/environment.ts';
import type { DriftMonitoring } from '../domain/reports/drift-alerts.ts';
import type { EnvironmentSettings } from '../domain/eligibility/policy.ts';
import type { RepoSettings } from '../domain/settings.ts';
import { findEnvironment } from '../domain/environments.ts';
import type { ParsedConfig } from './schema/config.ts';

/** `drift_monitoring` of a valid config; undefined when it says nothing of it. */
export function driftMonitoring(
  given: ParsedConfig['drift_monitoring'],
  environments: readonly EnvironmentSettings[],
): DriftMonitoring | undefined {
  if (given === undefined) return undefined;
  const { alert_thresholds: most, notification_channels: channels } = given;
  const names = (given.environments ?? []).map(
    (word) => findEnvironment(environments, word)?.name ?? environmentName(word),
  );
  return {
    schedule: given.schedule ?? null,
    environments: [...new Set(names)],
    thresholds: {
      critical_changes: most.critical_changes ?? null,
      high_priority_changes: most.high_priority_changes ?? null,
      drift_age_hours: most.drift_age_hours ?? null,
    },
    notify: {
      slack: channels.slack ?? null,
      email: channels.email,
      pagerduty: channels.pagerduty ?? null,
    },
  };
}

/**
 * Whether a repository is scanned by the schedule of `drift_monitoring`: a watched environment draws on it, or may do so
 * by convention.
 */
export function isWatched(
  { name }: Pick<RepoSettings, 'name'>,
  monitoring: DriftMonitoring,
  environments: readonly EnvironmentSettings[],
): boolean {
  if (monitoring.environments.length === 0) return true;
  return monitoring.environments.some((watched) => {
    const sources = findEnvironment(environments, watched)?.sources ?? [];
    return sources.length === 0 || sources.some(({ repo }) => repo === null || repo === name);
  });
}
