import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PlumblineError } from '../../src/util/errors.ts';
import { syncSchedules } from '../../src/workers/schedules.ts';
import { anEnvironment } from '../support/environments.ts';
import { aDriftedChange, aFakeDriver, type FakeDriver } from '../support/fake-driver.ts';
import { startTestTemporal, testLog, type TestTemporal } from '../support/temporal.ts';
import { aGate, waitFor } from '../support/wait-for.ts';
import {
  aRepo,
  movingCheckouts,
  publishedSettings,
  startTestWorkers,
  type TestWorkers,
} from '../support/workers.ts';

const NO_GIT = new PlumblineError('git_failed', 'https://git.example.com/shop did not answer.', {
  retryable: true,
});
const COMMITS = ['1', '2', '3', '4'].map((digit) => digit.repeat(40));

let temporal: TestTemporal;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});

/** A repo with one environment, whose Git and live state a test moves. */
async function aShop(policy: Parameters<typeof anEnvironment>[1], driver: FakeDriver) {
  const repo = aRepo();
  const state = { head: COMMITS[0]!, down: false };
  const environment = { ...anEnvironment('dev', { approvals: { required: 0 }, ...policy }) };
  const sources = [{ repo: repo.name, ref: null, paths: [] }];
  const git = movingCheckouts('/', () => state.head);
  const asked = { tips: 0 };
  const tip = async () => {
    asked.tips += 1;
    if (state.down) throw NO_GIT;
    return { commit: state.head };
  };
  const test = await startTestWorkers(temporal, {
    drivers: [driver],
    settings: publishedSettings([repo], { environments: [{ ...environment, sources }] }),
    overrides: {
      workbench: () => ({ git: { ...git, tip }, tools: () => Promise.reject(new Error('no tools here')) }),
    },
  });
  const trigger = async (kind: 'poll' | 'sync' | 'reconcile') =>
    (await temporal.client.workflow.execute('scheduledTrigger', {
      workflowId: `schedule/${repo.name}/${kind}`,
      taskQueue: test.taskQueue,
      args: [{ repo: repo.name, kind }],
    })) as { outcome: string };
  const idle = async () => {
    await temporal.client.workflow.getHandle(`repo/${repo.name}`).result();
  };
  const tasks = async () =>
    (await test.store.tasks.list({ repo: repo.name, limit: 20 }))
      .toReversed()
      .map(({ kind, trigger: by, status }) => `${kind} ${by} ${status}`);
  return { repo: repo.name, state, asked, test, poll: () => trigger('poll'), trigger, idle, tasks };
}

const started = (test: TestWorkers, repo: string) =>
  waitFor('the task', async () => (await test.store.tasks.active(repo)) !== undefined);

describe('a poll', () => {
  it('of a commit that is new is a push: what is kept without people is synced, once', async () => {
    const driver = aFakeDriver(['one'], () => ({ changes: [aDriftedChange({ cause: 'pending' })] }));
    const automated = { prune: true, selfHeal: false, allowEmpty: false };
    const shop = await aShop({ automated }, driver);
    try {
      expect(await shop.poll()).toEqual({ repo: shop.repo, outcome: 'moved' });
      await shop.idle();
      expect(await shop.tasks()).toEqual(['sync push completed']);
      expect(driver.applied.get('one')).toBe(1);
      expect(await shop.poll()).toMatchObject({ outcome: 'same' });
      shop.state.head = COMMITS[1]!;
      expect(await shop.poll()).toMatchObject({ outcome: 'moved' });
      await shop.idle();
      expect(await shop.tasks()).toEqual(['sync push completed', 'sync push completed']);
      expect(shop.asked.tips).toBe(3);
    } finally {
      await shop.test.stop();
    }
  });

  it('only shows what is new where everything is for people', async () => {
    const driver = aFakeDriver(['one'], () => ({ changes: [aDriftedChange({ cause: 'pending' })] }));
    const shop = await aShop({}, driver);
    try {
      await shop.poll();
      await shop.idle();
      expect(await shop.tasks()).toEqual(['scan push completed']);
      expect(driver.applied.size).toBe(0);
    } finally {
      await shop.test.stop();
    }
  });

  it('of a host that is down keeps what was known, says since when, and loses nothing', async () => {
    const driver = aFakeDriver(['one']);
    const shop = await aShop({ automated: { prune: true, selfHeal: false, allowEmpty: false } }, driver);
    const { polls } = shop.test.store;
    try {
      await shop.poll();
      await shop.idle();
      const before = await polls.get(shop.repo);
      shop.state.down = true;
      for (const head of COMMITS.slice(1, 3)) {
        shop.state.head = head;
        expect(await shop.poll()).toMatchObject({ outcome: 'failed' });
      }
      const during = await polls.get(shop.repo);
      expect(during).toMatchObject({
        commit: COMMITS[0],
        reachedAt: before?.reachedAt,
        error: { code: 'git_failed' },
      });
      expect(Date.parse(during!.failingSince!)).toBeLessThan(Date.parse(during!.askedAt));
      expect(await shop.tasks()).toHaveLength(1);
      shop.state.down = false;
      expect(await shop.poll()).toMatchObject({ outcome: 'moved' });
      await shop.idle();
      expect(await shop.tasks()).toEqual(['sync push completed', 'sync push completed']);
      expect(await polls.get(shop.repo)).toMatchObject({
        commit: COMMITS[2],
        failingSince: null,
        error: null,
      });
    } finally {
      await shop.test.stop();
    }
  });

  it('without a new commit repairs what heals itself, unless the repo is busy', async () => {
    const gate = aGate();
    let drifted = false;
    const driver = aFakeDriver(['one'], async (_, attempt) => {
      if (attempt === 2) await gate.opened;
      return drifted ? { changes: [aDriftedChange()] } : undefined;
    });
    const shop = await aShop({ automated: { prune: true, selfHeal: true, allowEmpty: false } }, driver);
    try {
      await shop.poll();
      await shop.idle();
      await shop.test.scan(shop.repo);
      await started(shop.test, shop.repo);
      expect(await shop.poll()).toMatchObject({ outcome: 'same' });
      gate.open();
      await shop.idle();
      expect(await shop.tasks()).toEqual(['sync push completed', 'scan manual completed']);
      drifted = true;
      expect(await shop.poll()).toMatchObject({ outcome: 'same' });
      await shop.idle();
      expect((await shop.tasks()).at(-1)).toBe('reconcile schedule completed');
      expect(driver.applied.get('one')).toBe(1);
    } finally {
      gate.open();
      await shop.test.stop();
    }
  });
});

describe('syncs and repairs on a schedule', () => {
  it('start under the ID that is the lock, as nobody in particular, and skip a busy repo', async () => {
    const gate = aGate();
    const driver = aFakeDriver(['one'], async () => {
      await gate.opened;
      return { changes: [aDriftedChange({ cause: 'pending' })] };
    });
    const shop = await aShop({ automated: { prune: true, selfHeal: false, allowEmpty: false } }, driver);
    try {
      expect(await shop.trigger('sync')).toMatchObject({ outcome: 'started' });
      expect(await shop.trigger('reconcile')).toMatchObject({ outcome: 'skipped' });
      gate.open();
      await shop.idle();
      expect(driver.applied.get('one')).toBe(1);
      expect(await shop.trigger('reconcile')).toMatchObject({ outcome: 'started' });
      await shop.idle();
      expect(await shop.tasks()).toEqual(['sync schedule completed', 'reconcile schedule completed']);
      const [record] = await shop.test.store.audit.list({ repo: shop.repo, afterSeq: 0, limit: 1 });
      expect(record).toMatchObject({ action: 'task.started', actor: 'plumbline', source: 'schedule' });
    } finally {
      gate.open();
      await shop.test.stop();
    }
  });

  it('are schedules of their own beside that of scans, and a poll is one with an interval', async () => {
    const { schedule } = temporal.client;
    const repo = aRepo({
      name: 'timed',
      schedule: '@daily',
      syncSchedule: '0 6 * * *',
      reconcileSchedule: '*/10 * * * *',
      intervalMs: 60_000,
    });
    const sync = (of: typeof repo) =>
      syncSchedules(temporal.client, { repos: [of] }, { taskQueue: 'timed', log: testLog() });
    const { created } = await sync(repo);
    expect(created).toEqual([
      'schedule/timed',
      'schedule/timed/sync',
      'schedule/timed/reconcile',
      'schedule/timed/poll',
      'retention',
    ]);
    expect(await sync(repo)).toEqual({ created: [], updated: [], deleted: [] });
    const poll = await schedule.getHandle('schedule/timed/poll').describe();
    expect(poll.spec.intervals).toMatchObject([{ every: 60_000 }]);
    expect(poll.action).toMatchObject({ args: [{ repo: 'timed', kind: 'poll' }] });
    expect(await sync({ ...repo, intervalMs: 120_000 })).toMatchObject({ updated: ['schedule/timed/poll'] });
  });
});
