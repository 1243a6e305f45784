/** How drift is watched, with the keys, shapes and values that people bring along. */
export const DRIFT_MONITORING = {
  drift_monitoring: {
    schedule: '*/15 * * * *',
    environments: ['production', 'staging'],
    alert_thresholds: { critical_changes: 0, high_priority_changes: 3, drift_age_hours: 1 },
    notification_channels: {
      slack: '#infrastructure-alerts',
      email: ['infrastructure-team@example.com'],
      pagerduty: 'infrastructure-escalation',
    },
  },
};
