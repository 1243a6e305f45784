import { z } from 'zod';
import { normalizeCron } from '../cron.ts';
import { checkedText, text } from './leaf.ts';

const thresholdsSchema = z
  .strictObject({
    critical_changes: z.int().min(0).optional().describe('Critical drifted resources.'),
    high_priority_changes: z.int().min(0).optional().describe('Drifted resources of severity high.'),
    drift_age_hours: z.number().min(0).optional().describe('Hours since the oldest drift was first seen.'),
  })
  .prefault({})
  .describe('What an environment may have before it raises an alert: the most that is still fine.');

const channelsSchema = z
  .strictObject({
    slack: text.optional().describe('Channel, such as `#infrastructure-alerts`.'),
    email: z.array(text).default([]).describe('Addresses.'),
    pagerduty: text.optional().describe('Service or escalation policy.'),
  })
  .prefault({})
  .describe('Whom alerts are for: named in each. Nothing is sent by Plumbline itself.');

/** `drift_monitoring`. */
export const driftMonitoringSchema = z
  .strictObject({
    schedule: checkedText(normalizeCron)
      .optional()
      .describe(
        'When to scan the repositories that these environments draw on, where `repos[].schedule` says nothing.',
      ),
    environments: z
      .array(text)
      .min(1, { error: 'must list at least one environment' })
      .optional()
      .describe('Environments that are watched, by name or alias. Without it: all.'),
    alert_thresholds: thresholdsSchema,
    notification_channels: channelsSchema,
  })
  .optional()
  .describe('Alerts about drift: in the report of each environment, `GET /api/environments/{name}/report`.');
