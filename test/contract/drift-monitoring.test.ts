import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { DriftAlert } from '../../src/domain/reports/drift-alerts.ts';
import type { Severity } from '../../src/domain/change.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aChange, aPlan, aStack, finishTask, storePlan, storeTask } from '../support/api-data.ts';
import { faultsOf, loadText } from '../support/config-file.ts';
import { DRIFT_MONITORING } from '../support/drift-monitoring.ts';

const NOTIFY = {
  slack: '#infrastructure-alerts',
  email: ['infrastructure-team@example.com'],
  pagerduty: 'infrastructure-escalation',
};
const url = 'https://git.example.com/infra.git';
const MINUTE_MS = 60_000;

async function loaded(config: object) {
  return (await loadText(stringify({ ...config, ...DRIFT_MONITORING }))).settings.published;
}

describe('drift_monitoring: the schedule', () => {
  it('scans every repository that may hold such environments, unless it has its own or wants none', async () => {
    const schedules = ['@daily', ''].map((schedule, index) => ({ name: `own-${index}`, url, schedule }));
    const { repos } = await loaded({ repos: [{ name: 'infra', url }, ...schedules] });
    expect(repos.map(({ name, schedule }) => [name, schedule])).toEqual([
      ['infra', '*/15 * * * *'],
      ['own-0', '0 0 * * *'],
      ['own-1', null],
    ]);
  });

  it('goes by the repositories that the environments name', async () => {
    const environments = ['production', 'staging', 'dev'].map((name) => ({ name, repo: `of-${name}` }));
    const repos = environments.map(({ repo }) => ({ name: repo, url }));
    const published = await loaded({ repos, environments });
    expect(published.repos.map(({ schedule }) => schedule)).toEqual(['*/15 * * * *', '*/15 * * * *', null]);
  });

  it.each([
    [{ schedule: 'now and then' }, 'drift_monitoring.schedule'],
    [{ environments: [] }, 'drift_monitoring.environments'],
    [{ alert_thresholds: { critical_changes: -1 } }, 'drift_monitoring.alert_thresholds.critical_changes'],
    [{ notification_channels: { pager: 'x' } }, 'drift_monitoring.notification_channels.pager'],
  ])('refuses %j', async (wrong, path) => {
    const text = stringify({ drift_monitoring: { ...DRIFT_MONITORING.drift_monitoring, ...wrong } });
    expect((await faultsOf(text)).map((fault) => fault.path)).toEqual([path]);
  });
});

describe('drift_monitoring: the alerts', () => {
  let api: ApiFixture;

  beforeEach(async () => {
    api = await apiFixture();
    const { driftMonitoring } = await loaded({});
    api.reload({ published: { driftMonitoring: driftMonitoring! } });
  });
  afterEach(() => api.close());

  /** The alerts when these changes of a stack were first seen so long before now. */
  async function alerts(
    path: string,
    severities: Severity[],
    { minutes = 1, cause = 'drift' }: { minutes?: number; cause?: 'drift' | 'pending' } = {},
  ): Promise<DriftAlert[]> {
    const { jobs, id } = await storeTask(api.store, 'my-infra', [aStack(path)]);
    const changes = severities.map((severity, n) => aChange({ severity, cause, address: `app.n${n}` }));
    const at = new Date(Date.now() - minutes * MINUTE_MS).toISOString();
    await storePlan(
      api.store,
      jobs[0]!,
      aPlan({ changes, status: cause === 'drift' ? 'drifted' : 'pending' }),
      at,
    );
    await finishTask(api.store, id);
    const name = path.split('/').at(-1)!;
    const answer = await api.app.inject(`/api/environments/${name}/report`);
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json<{ alerts: DriftAlert[] }>().alerts;
  }

  it('critical_changes 0: the first one raises it, and says whom it is for', async () => {
    expect(await alerts('envs/prod', ['critical', 'low'])).toEqual([
      {
        threshold: 'critical_changes',
        value: 1,
        limit: 0,
        message: '1 critical drifted resources in production; the limit is 0.',
        notify: NOTIFY,
      },
    ]);
  });

  it.each([
    [3, []],
    [4, ['high_priority_changes']],
  ])('high_priority_changes 3: %i of severity high raise %j', async (count, raised) => {
    const found = await alerts(
      'envs/staging',
      Array.from({ length: count }, () => 'high' as const),
    );
    expect(found.map(({ threshold }) => threshold)).toEqual(raised);
  });

  it.each([
    [60, []],
    [90, ['drift_age_hours 1.5']],
  ])('drift_age_hours 1: drift that is %i minutes old raises %j', async (minutes, raised) => {
    const found = await alerts('envs/prod', ['low'], { minutes });
    expect(found.map(({ threshold, value }) => `${threshold} ${value}`)).toEqual(raised);
  });

  it('environments: only those, and no change that merely waits in Git', async () => {
    expect(await alerts('envs/dev', ['critical'], { minutes: 600 })).toEqual([]);
    expect(await alerts('envs/prod', ['critical'], { minutes: 600, cause: 'pending' })).toEqual([]);
  });
});
