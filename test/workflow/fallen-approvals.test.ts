import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decide } from '../../src/temporal/requests.ts';
import type { DecisionKind } from '../../src/domain/approvals/decision-text.ts';
import { aSigner } from '../support/decisions.ts';
import { anEnvironment } from '../support/environments.ts';
import { aDriftedChange, aFakeDriver, type FakeDriver } from '../support/fake-driver.ts';
import { fakeHistory } from '../support/fake-history.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { aGate, waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';

const PROD = 'envs/prod';
const DEV = 'envs/dev';

const signer = aSigner();
const repo = aRepo();
let history: ReturnType<typeof fakeHistory>;
let gate: ReturnType<typeof aGate> | undefined;
let driver: FakeDriver;
let temporal: TestTemporal;
let test: TestWorkers;

beforeEach(async () => {
  temporal = await startTestTemporal();
  history = fakeHistory('/');
  history.push();
  driver = aFakeDriver([PROD, DEV], async ({ stack: { key } }) => {
    await gate?.opened;
    return key === DEV ? undefined : { changes: [aDriftedChange({ cause: 'pending' })] };
  });
  const git = {
    ...history.git,
    resolve: async (_: unknown, wanted: { commit?: string }) => ({
      commit: wanted.commit ?? history.commits.at(-1)!.commit,
      branch: 'main',
    }),
  };
  test = await startTestWorkers(temporal, {
    drivers: [driver],
    settings: publishedSettings([repo], {
      environments: [anEnvironment('production', { approvals: { required: 1 } })],
    }),
    overrides: {
      verifySigned: signer.verify,
      workbench: () => ({ git, tools: () => Promise.reject(new Error('no tools')) }),
    },
  });
});
afterEach(async () => {
  gate = undefined;
  await test?.stop();
  await temporal?.stop();
});

const newest = async () => (await test.store.approvals.latest(repo.name, PROD))!;
const tasks = () => test.store.tasks.list({ repo: repo.name, limit: 9 });
const records = async (action: string) =>
  (await test.store.audit.list({ repo: repo.name, afterSeq: 0, limit: 99 })).filter(
    (record) => record.action === action,
  );

async function say(verb: DecisionKind): Promise<void> {
  const target = { client: temporal.client, taskQueue: test.taskQueue };
  const message = signer.decision(await newest(), 'alice@example.com', verb);
  await decide(target, { repo: repo.name, key: PROD, verb, message });
}

async function ask(): Promise<void> {
  const sync = await test.sync(repo.name, { actor: 'carol@example.com' });
  expect(await sync.result()).toMatchObject({ waiting: 1 });
}

describe('an approval that a newer commit has overtaken', () => {
  it('falls, and people are asked about the plan of that commit', { timeout: 60_000 }, async () => {
    await ask();
    const before = await newest();
    const commit = history.push({ by: 'dave@example.com', files: [`${PROD}/main.tf`] });
    await say('approve');
    await waitFor('the plan of the newer commit', async () => (await newest()).commit === commit);
    expect(await test.store.approvals.get(before.id)).toMatchObject({ status: 'dismissed' });
    expect(await newest()).toMatchObject({ status: 'waiting', startedBy: 'carol@example.com' });
    expect(driver.applied.size).toBe(0);
    expect(await records('approval.dismissed')).toMatchObject([
      { stackKey: PROD, commit: before.commit, reason: expect.stringContaining('has touched this stack') },
    ]);
    expect((await tasks()).map(({ trigger }) => trigger).slice(0, 2)).toEqual(['push', 'approval']);
  });
});

describe('a sync that an approval has asked of a busy repo', () => {
  it(
    'is dropped when the approval has fallen meanwhile, with a record of why',
    { timeout: 60_000 },
    async () => {
      await ask();
      gate = aGate();
      const scan = await test.scan(repo.name);
      await waitFor('the scan', async () => (await tasks())[0]?.kind === 'scan');
      await say('approve');
      expect(await newest()).toMatchObject({ status: 'approved' });
      await say('withdraw');
      gate.open();
      await scan.result();
      expect(await records('request.dropped')).toMatchObject([
        { stackKey: PROD, environment: 'production', reason: 'What people said of it was taken back.' },
      ]);
      expect((await tasks()).map(({ kind }) => kind)).toEqual(['scan', 'sync']);
      expect(await newest()).toMatchObject({ status: 'waiting' });
    },
  );
});
