import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aDriftedChange, aFakeDriver, NO_QUOTA } from '../support/fake-driver.ts';
import { anEnvironment } from '../support/environments.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { verdictsOf } from '../support/verdicts.ts';
import { aRepo, publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';

const STACKS = ['dev', 'staging', 'prod'].flatMap((name) => [`envs/${name}/net`, `envs/${name}/web`]);
const OTHERS = ['envs/qa/net', 'shared'];
const ALL = { environments: ['prod', 'staging', 'development'] };
const free = { approvals: { required: 0 }, retry: { limit: 0, durationMs: 1, factor: 1, maxDurationMs: 1 } };
const environments = ['development', 'staging', 'production'].map((name) => anEnvironment(name, free));
const changed = () => ({ changes: [aDriftedChange()] });
let plans = 0;
/** No two plans are the same. */
const moving = () => ({ changes: [{ ...aDriftedChange(), after: { plan: (plans += 1) } }] });

let temporal: TestTemporal;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});

async function verdictsOfOnly(test: TestWorkers, repo: string) {
  expect(await test.store.tasks.list({ repo, limit: 9 })).toHaveLength(1);
  return await verdictsOf(test.store, repo);
}

describe('a sync of several environments', () => {
  it('is one task of their stacks alone, applied environment by environment', async () => {
    const repo = aRepo();
    const order: string[] = [];
    const driver = aFakeDriver([...STACKS, ...OTHERS], changed, {
      apply: ({ stack: { key } }) => void order.push(key),
    });
    const settings = publishedSettings([repo], { environments });
    const test = await startTestWorkers(temporal, { drivers: [driver], settings });
    try {
      const result = await (await test.sync(repo.name, ALL)).result();
      expect(result).toMatchObject({ status: 'completed', total: 6, applied: 6 });
      const turns = [order.slice(0, 2), order.slice(2, 4), order.slice(4)].map((turn) => turn.toSorted());
      expect(turns).toEqual([STACKS.slice(0, 2), STACKS.slice(2, 4), STACKS.slice(4)]);
    } finally {
      await test.stop();
    }
  });

  it('stops what comes after a failure, in every later environment, and nothing else', async () => {
    const repo = aRepo();
    const driver = aFakeDriver(STACKS, changed, {
      apply: ({ stack: { key } }) => (key === 'envs/dev/net' ? NO_QUOTA : undefined),
    });
    const settings = publishedSettings([repo], { environments });
    const test = await startTestWorkers(temporal, { drivers: [driver], settings });
    try {
      const result = await (await test.sync(repo.name, ALL)).result();
      expect(result).toMatchObject({ status: 'failed', applied: 3, failed: 1, blocked: 2 });
      const verdicts = await verdictsOfOnly(test, repo.name);
      const reasons = [{ code: 'blocked_by', message: 'Blocked by envs/dev/net, which failed.' }];
      for (const key of ['envs/staging/net', 'envs/prod/net'])
        expect(verdicts[key]).toMatchObject({ kind: 'blocked', blockedBy: ['envs/dev/net'], reasons });
      expect([...driver.applied.keys()].toSorted()).toEqual(
        STACKS.filter((key) => key.endsWith('web')).toSorted(),
      );
    } finally {
      await test.stop();
    }
  });

  it.each<[string, Parameters<typeof aFakeDriver>[1], string[]]>([
    ['on which people decide', changed, ['development']],
    ['whose plan moves by itself', moving, ['development']],
    [
      'whose plan failed',
      ({ stack: { key } }) => {
        if (key.startsWith('envs/dev/')) throw new Error('No such module.');
        return changed();
      },
      [],
    ],
  ])('does not overtake a stack %s', async (_, plan, asked) => {
    const repo = aRepo();
    const driver = aFakeDriver(STACKS, plan);
    const known = environments.map((each) =>
      asked.includes(each.name) ? anEnvironment(each.name, { approvals: { required: 1 } }) : each,
    );
    const settings = publishedSettings([repo], { environments: known, worker: { retryOnce: false } });
    const test = await startTestWorkers(temporal, { drivers: [driver], settings });
    try {
      await (await test.sync(repo.name, ALL)).result();
      expect(driver.applied.size).toBe(0);
      const verdicts = await verdictsOfOnly(test, repo.name);
      const { reasons, blockedBy } = verdicts['envs/prod/web']!;
      expect(blockedBy).toEqual(['envs/dev/web']);
      expect(reasons[0]!.message).toBe('Blocked by envs/dev/web, which was not applied yet.');
    } finally {
      await test.stop();
    }
  });

  it('nor in a later task, a stack whose plan moves by itself', async () => {
    const repo = aRepo();
    const driver = aFakeDriver(STACKS, moving);
    const known = [
      anEnvironment('development', { approvals: { required: 1 } }),
      ...environments.filter(({ name }) => name !== 'development'),
    ];
    const settings = publishedSettings([repo], { environments: known });
    const test = await startTestWorkers(temporal, { drivers: [driver], settings });
    try {
      await (await test.sync(repo.name, { environments: ['development'] })).result();
      const later = await (await test.sync(repo.name, { environments: ['production'] })).result();
      expect(later).toMatchObject({ applied: 0, blocked: 2 });
      expect(driver.applied.size).toBe(0);
    } finally {
      await test.stop();
    }
  });
});
