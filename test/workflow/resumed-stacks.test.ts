import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decide } from '../../src/temporal/requests.ts';
import { aSigner } from '../support/decisions.ts';
import { anEnvironment } from '../support/environments.ts';
import { aDriftedChange, aFakeDriver, type FakeDriver } from '../support/fake-driver.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { verdictsOf } from '../support/verdicts.ts';
import { waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';

const NET = 'envs/dev/net';
const APP = 'envs/dev/app';
const DNS = 'envs/dev/dns';
const CDN = 'envs/dev/cdn';

const signer = aSigner();
const repo = aRepo();
const automated = { prune: false, selfHeal: true, allowEmpty: false };
const updated = aDriftedChange({ cause: 'pending' });
const deleted = aDriftedChange({ cause: 'pending', action: 'delete', actions: ['delete'] });
/** Stacks whose plan destroys something by now. */
const destroying = new Set([NET]);
/** What happens while a stack is applied. */
let meanwhile: ((key: string) => unknown) | undefined;

const settings = (automation: typeof automated | null) =>
  publishedSettings([repo], {
    environments: [anEnvironment('development', { automated: automation, approvals: { required: 0 } })],
  });

let driver: FakeDriver;
let temporal: TestTemporal;
let test: TestWorkers;

beforeAll(async () => {
  temporal = await startTestTemporal();
  driver = aFakeDriver(
    [NET, APP, DNS, CDN],
    ({ stack: { key } }) => {
      if (driver.applied.has(key)) return undefined;
      const destroys = destroying.has(key);
      return { changes: [destroys ? deleted : updated], identity: { key, destroys } };
    },
    {
      dependsOn: { [APP]: [NET], [DNS]: [NET], [CDN]: [DNS] },
      apply: async ({ stack: { key } }) => {
        await meanwhile?.(key);
        return undefined;
      },
    },
  );
  test = await startTestWorkers(temporal, {
    drivers: [driver],
    settings: settings(automated),
    overrides: { verifySigned: signer.verify },
  });
});
afterAll(async () => {
  await test?.stop();
  await temporal?.stop();
});

/** Approves what waits of a stack, and waits for the task that this leads to. */
async function approve(key: string): Promise<void> {
  const approval = (await test.store.approvals.latest(repo.name, key))!;
  const known = (await tasks()).length;
  const target = { client: temporal.client, taskQueue: test.taskQueue };
  const message = signer.decision(approval, 'alice@example.com');
  await decide(target, { repo: repo.name, key, verb: 'approve', message });
  await waitFor(
    `the sync of ${key}`,
    async () => (await tasks()).length > known && (await test.store.tasks.active(repo.name)) === undefined,
  );
}

const tasks = () => test.store.tasks.list({ repo: repo.name, limit: 99 });

async function verdicts(): Promise<Record<string, string>> {
  const found = Object.entries(await verdictsOf(test.store, repo.name));
  return Object.fromEntries(
    found.map(([key, verdict]) => [key, `${verdict!.kind}: ${verdict!.reasons[0]!.code}`]),
  );
}

describe('stacks that an approval of another one resumes', () => {
  it('stay what they were asked for as: automation may not do with them what it might not before', async () => {
    await (await test.sync(repo.name, { trigger: 'push', actor: 'carol@example.com' })).result();
    expect(await verdicts()).toEqual({
      [NET]: 'wait: prune_off',
      [APP]: 'blocked: blocked_by',
      [DNS]: 'blocked: blocked_by',
      [CDN]: 'blocked: blocked_by',
    });
    destroying.add(DNS);
    await approve(NET);
    expect(await verdicts()).toEqual({
      [NET]: 'apply: approved',
      [APP]: 'apply: policy_allows',
      [DNS]: 'wait: prune_off',
      [CDN]: 'blocked: blocked_by',
    });
    destroying.add(CDN);
    await approve(DNS);
    expect(await test.store.attempts.list({ repo: repo.name, limit: 9 })).toMatchObject([
      { stackKey: DNS, rule: 'approval' },
      { stackKey: APP, rule: 'policy' },
      { stackKey: NET, rule: 'approval' },
    ]);
    expect(await verdicts()).toEqual({ [DNS]: 'apply: approved', [CDN]: 'wait: prune_off' });
    expect((await tasks()).map(({ trigger, firstTrigger }) => [trigger, firstTrigger])).toEqual([
      ['approval', 'push'],
      ['approval', 'push'],
      ['push', undefined],
    ]);
  });
});

describe('stacks beside what people have agreed on, where nothing says what asked for them first', () => {
  beforeEach(() => {
    driver.applied.clear();
    destroying.clear();
    return () => void (meanwhile = undefined);
  });

  const sync = async () => {
    const asked = { trigger: 'approval', stacks: [NET, APP], agreed: [NET] };
    const free = () =>
      test.sync(repo.name, asked).catch((error: unknown) => {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return undefined;
        throw error;
      });
    await (await waitFor('a free repo', free)).result();
  };

  it('are not agreed on for the gate either', async () => {
    meanwhile = () => test.store.configs.publish(settings(null), new Date().toISOString());
    await sync();
    await test.store.configs.publish(settings(automated), new Date().toISOString());
    expect([...driver.applied.keys()]).toEqual([NET]);
    expect((await verdictsOf(test.store, repo.name))[APP]?.outcome).toMatchObject({
      status: 'refused',
      code: 'not_automated',
    });
  });

  it('are not agreed on when their plan has moved and is made again', async () => {
    meanwhile = () => destroying.add(APP);
    await sync();
    await waitFor('the other plan', async () => (await tasks())[0]?.trigger === 'retry');
    await waitFor('its end', async () => (await test.store.tasks.active(repo.name)) === undefined);
    expect(await verdicts()).toMatchObject({ [APP]: 'wait: prune_off' });
    expect([...driver.applied.keys()]).toEqual([NET]);
  });
});
