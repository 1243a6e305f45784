import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decide } from '../../src/temporal/requests.ts';
import type { Driver } from '../../src/drivers/driver.ts';
import { PlumblineError } from '../../src/util/errors.ts';
import { aSigner } from '../support/decisions.ts';
import { aDriftedChange, aFakeDriver, NO_QUOTA } from '../support/fake-driver.ts';
import { anEnvironment } from '../support/environments.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { verdictsOf } from '../support/verdicts.ts';
import { waitFor } from '../support/wait-for.ts';
import {
  aRepo,
  fakeCheckouts,
  movingCheckouts,
  publishedSettings,
  startTestWorkers,
} from '../support/workers.ts';

const NET = 'envs/dev/net';
const MID = 'envs/dev/mid';
const APP = 'envs/dev/app';
const OTHER = 'envs/dev/other';
const CAROL = 'carol@example.com';
const NEEDS = { [MID]: [NET], [APP]: [MID] };
const retry = { limit: 0, durationMs: 1, factor: 1, maxDurationMs: 1 };
const free = anEnvironment('development', { approvals: { required: 0 }, retry });
/** Nothing is ever left to do between the app and its network. */
const changed: Parameters<typeof aFakeDriver>[1] = ({ stack: { key } }) =>
  key === MID ? undefined : { changes: [aDriftedChange()] };

let temporal: TestTemporal;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});

describe('a dependency through a stack with nothing to do', () => {
  it(
    'still blocks, and what it blocked is resumed by the retry that succeeds',
    { timeout: 60_000 },
    async () => {
      const repo = aRepo();
      const order: string[] = [];
      const driver = aFakeDriver([APP, MID, NET, OTHER], changed, {
        dependsOn: NEEDS,
        apply: ({ stack: { key } }) => {
          order.push(key);
          return key === NET && order.filter((one) => one === NET).length === 1 ? NO_QUOTA : undefined;
        },
      });
      const once = { ...free, policy: { ...free.policy, retry: { ...retry, limit: 1 } } };
      const settings = publishedSettings([repo], { environments: [once] });
      const test = await startTestWorkers(temporal, { drivers: [driver], settings });
      try {
        expect(await (await test.sync(repo.name)).result()).toMatchObject({
          applied: 1,
          blocked: 1,
          failed: 1,
        });
        await waitFor('the retry', () => driver.applied.has(APP));
        expect(order.filter((key) => key !== OTHER)).toEqual([NET, NET, APP]);
      } finally {
        await test.stop();
      }
    },
  );
});

describe('a stack whose dependency is no part of the task', () => {
  it('is not applied before that, and follows as soon as it is', { timeout: 60_000 }, async () => {
    const repo = aRepo();
    const signer = aSigner();
    const driver = aFakeDriver([APP, MID, NET], changed, { dependsOn: NEEDS });
    const environments = [anEnvironment('development', { approvals: { required: 1 } })];
    const settings = publishedSettings([repo], { environments });
    const overrides = { verifySigned: signer.verify };
    const test = await startTestWorkers(temporal, { drivers: [driver], settings, overrides });
    const approve = async (key: string) => {
      const approval = (await test.store.approvals.latest(repo.name, key))!;
      const message = signer.decision(approval, 'alice@example.com');
      const target = { client: temporal.client, taskQueue: test.taskQueue };
      await decide(target, { repo: repo.name, key, verb: 'approve', message });
    };
    try {
      expect(await (await test.sync(repo.name, { actor: CAROL })).result()).toMatchObject({ waiting: 2 });
      expect(await (await test.sync(repo.name, { stacks: [APP], actor: CAROL })).result()).toMatchObject({
        waiting: 1,
      });
      await approve(APP);
      await (await test.sync(repo.name, { stacks: [APP], actor: CAROL })).result();
      expect((await verdictsOf(test.store, repo.name))[APP]).toMatchObject({
        kind: 'blocked',
        blockedBy: [NET],
        reasons: [{ code: 'blocked_by', message: expect.stringContaining('which waits for people') }],
      });
      expect(driver.applied.size).toBe(0);
      await approve(NET);
      await waitFor('the app', () => driver.applied.has(APP));
      expect([...driver.applied.keys()]).toEqual([NET, APP]);
    } finally {
      await test.stop();
    }
  });
});

describe('a stack that can’t be decided on', () => {
  it('is blocked with the reason, and the others go on', { timeout: 60_000 }, async () => {
    const repo = aRepo();
    const driver = aFakeDriver([APP, OTHER], changed);
    const broken = async (_repo: unknown, { paths }: { paths: readonly string[] }) => {
      if (paths.includes(APP)) throw new PlumblineError('git_failed', 'The object database is broken.');
      return await fakeCheckouts('/').changesSince();
    };
    const git = { ...fakeCheckouts('/'), changesSince: broken };
    const settings = publishedSettings([repo], { environments: [free] });
    const overrides = { workbench: () => ({ git, tools: () => Promise.reject(new Error('no tools')) }) };
    const test = await startTestWorkers(temporal, { drivers: [driver], settings, overrides });
    try {
      expect(await (await test.sync(repo.name)).result()).toMatchObject({ applied: 1, blocked: 1 });
      expect((await verdictsOf(test.store, repo.name))[APP]).toMatchObject({
        kind: 'blocked',
        reasons: [{ code: 'git_failed', message: expect.stringContaining('is broken') }],
      });
    } finally {
      await test.stop();
    }
  });

  it('is blocked, too, when people can’t be asked about it', { timeout: 60_000 }, async () => {
    const repo = aRepo();
    const driver = aFakeDriver([APP, OTHER], changed);
    let looked = 0;
    const broken = async (_repo: unknown, { paths }: { paths: readonly string[] }) => {
      // The first look decides that people are asked.
      if (paths.includes(APP) && (looked += 1) > 1)
        throw new PlumblineError('git_failed', 'The object database is broken.');
      return await fakeCheckouts('/').changesSince();
    };
    const git = { ...fakeCheckouts('/'), changesSince: broken };
    const environments = [anEnvironment('development', { approvals: { required: 1 } })];
    const settings = publishedSettings([repo], { environments });
    const overrides = { workbench: () => ({ git, tools: () => Promise.reject(new Error('no tools')) }) };
    const test = await startTestWorkers(temporal, { drivers: [driver], settings, overrides });
    try {
      const result = await (await test.sync(repo.name)).result();
      expect(result).toMatchObject({ status: 'awaiting_approval', waiting: 1, blocked: 1 });
      expect((await verdictsOf(test.store, repo.name))[APP]).toMatchObject({
        kind: 'blocked',
        reasons: [{ code: 'not_presented', message: expect.stringContaining('is broken') }],
      });
    } finally {
      await test.stop();
    }
  });
});

describe('a stack of a kind that can only be planned', () => {
  it('is put before nobody', { timeout: 60_000 }, async () => {
    const repo = aRepo();
    const driver: Driver = aFakeDriver([APP], changed);
    delete driver.apply;
    const environments = [anEnvironment('development', { approvals: { required: 1 } })];
    const settings = publishedSettings([repo], { environments });
    const test = await startTestWorkers(temporal, { drivers: [driver], settings });
    try {
      expect(await (await test.sync(repo.name)).result()).toMatchObject({ waiting: 0, blocked: 1 });
      expect((await verdictsOf(test.store, repo.name))[APP]).toMatchObject({
        reasons: [{ code: 'no_apply' }],
      });
    } finally {
      await test.stop();
    }
  });
});

describe('a retry', () => {
  it(
    'is dropped only when a later task came to its stack with another commit',
    { timeout: 60_000 },
    async () => {
      const repo = aRepo();
      const [old, next] = ['a'.repeat(40), 'b'.repeat(40)];
      let head = old;
      const driver = aFakeDriver([APP, OTHER]);
      const git = movingCheckouts('/', () => head);
      const settings = publishedSettings([repo], { environments: [free] });
      const overrides = { workbench: () => ({ git, tools: () => Promise.reject(new Error('no tools')) }) };
      const test = await startTestWorkers(temporal, { drivers: [driver], settings, overrides });
      const retried = async (id: string) => {
        const request = { kind: 'sync', stacks: [APP], commit: old, trigger: 'retry', retry: 1 };
        const sent: unknown = await temporal.client.workflow.execute('requestLater', {
          workflowId: `repo/${repo.name}/retry/${id}`,
          taskQueue: test.taskQueue,
          args: [{ repo: repo.name, request, delay_ms: 1 }],
        });
        await temporal.client.workflow.getHandle(`repo/${repo.name}`).result();
        return sent;
      };
      try {
        await (await test.sync(repo.name, { stacks: [APP] })).result();
        head = next;
        await (await test.scan(repo.name)).result();
        await (await test.sync(repo.name, { stacks: [OTHER] })).result();
        expect(await retried('looked-at')).toEqual({ sent: true });
        await (await test.sync(repo.name, { stacks: [APP] })).result();
        expect(await retried('overtaken')).toEqual({ sent: false });
      } finally {
        await test.stop();
      }
    },
  );
});
