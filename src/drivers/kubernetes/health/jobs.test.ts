import { condition, table, withConditions } from '../../../../test/support/health-table.ts';

table('batch/v1', 'Job', [
  ['complete', withConditions(condition('Complete', 'True')), 'healthy', ''],
  [
    'failed, with the reason',
    withConditions(
      condition('Failed', 'True', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit'),
    ),
    'degraded',
    'BackoffLimitExceeded: Job has reached',
  ],
  ['suspended', withConditions(condition('Suspended', 'True')), 'suspended', 'suspended'],
  ['that is to be suspended', { spec: { suspend: true } }, 'suspended', 'suspended'],
  ['resumed', withConditions(condition('Suspended', 'False')), 'progressing', ''],
  ['running', { spec: { completions: 5 }, status: { succeeded: 2 } }, 'progressing', '2 of 5 succeeded'],
  ['new', {}, 'progressing', 'waiting for the job'],
]);

const AT = { lastScheduleTime: '2026-03-01T10:00:00Z' };
table('batch/v1', 'CronJob', [
  ['suspended', { spec: { suspend: true }, status: AT }, 'suspended', ''],
  ['never scheduled', { spec: {}, status: {} }, 'healthy', 'not been scheduled'],
  ['that never succeeded', { status: AT }, 'healthy', 'no run has succeeded'],
  [
    'that runs',
    { status: { ...AT, lastSuccessfulTime: '2026-03-01T09:00:30Z', active: [{ name: 'x-1' }] } },
    'healthy',
    'a run is on',
  ],
  [
    'whose last run succeeded',
    { status: { ...AT, lastSuccessfulTime: '2026-03-01T10:00:30Z' } },
    'healthy',
    '',
  ],
  [
    'whose last run did not succeed',
    { status: { ...AT, lastSuccessfulTime: '2026-03-01T09:00:30Z' } },
    'degraded',
    '2026-03-01T10:00:00Z',
  ],
]);
