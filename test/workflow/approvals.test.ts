import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decide } from '../../src/temporal/requests.ts';
import type { Approval } from '../../src/domain/approvals/approval.ts';
import { PlumblineError } from '../../src/util/errors.ts';
import type { ApplyStackInput } from '../../src/workflows/inputs.ts';
import { aSigner } from '../support/decisions.ts';
import { anEnvironment } from '../support/environments.ts';
import { aDriftedChange, aFakeDriver, type FakeDriver } from '../support/fake-driver.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';

const KEY = 'envs/prod';
const signer = aSigner();
const repo = aRepo();
/** What a plan of the stack is bound to: another value is another digest. */
let live = 'as it was';
let driver: FakeDriver;
let temporal: TestTemporal;
let test: TestWorkers;

beforeAll(async () => {
  temporal = await startTestTemporal();
  driver = aFakeDriver([KEY], () => ({ changes: [aDriftedChange()], identity: { live } }));
  const environments = [anEnvironment('production', { approvals: { required: 2 } })];
  test = await startTestWorkers(temporal, {
    drivers: [driver],
    settings: publishedSettings([repo], { environments }),
    overrides: { verifySigned: signer.verify },
  });
});
afterAll(async () => {
  await test?.stop();
  await temporal?.stop();
});

const target = () => ({ client: temporal.client, taskQueue: test.taskQueue });
const say = (by: string, approval: Approval, verb: 'approve' | 'reject' | 'withdraw' = 'approve') =>
  decide(target(), { repo: repo.name, key: KEY, verb, message: signer.decision(approval, by, verb) });
const newest = () => test.store.approvals.latest(repo.name, KEY);
const timesApplied = () => driver.applied.get(KEY) ?? 0;

async function askForSync(): Promise<Approval> {
  driver.applied.clear();
  const handle = await test.sync(repo.name, { actor: 'carol@example.com' });
  expect(await handle.result()).toMatchObject({ status: 'awaiting_approval', waiting: 1, applied: 0 });
  return (await newest())!;
}

async function refusalOf(answer: Promise<unknown>): Promise<unknown> {
  const error: unknown = await answer.catch((caught: unknown) => caught);
  return error instanceof PlumblineError ? error.details['code'] : error;
}

describe('a plan that needs two people', () => {
  it(
    'is applied once two have approved it, and the repo is free meanwhile',
    { timeout: 120_000 },
    async () => {
      const approval = await askForSync();
      expect(await (await test.scan(repo.name)).result()).toMatchObject({ status: 'completed' });
      expect(await refusalOf(say('carol@example.com', approval))).toBe('own_change');
      expect(await say('alice@example.com', approval)).toMatchObject({
        status: 'waiting',
        missing: ['one more approval'],
      });
      expect(await refusalOf(say('alice@example.com', approval))).toBe('already_decided');
      const forged = { ...signer.decision(approval, 'bob@example.com'), by: 'mallory@example.com' };
      const asMallory = decide(target(), { repo: repo.name, key: KEY, verb: 'approve', message: forged });
      expect(await refusalOf(asMallory)).toBe('forged');
      expect(timesApplied()).toBe(0);
      expect(await say('bob@example.com', approval)).toMatchObject({ status: 'approved' });
      await waitFor('the apply', async () => (await newest())?.status === 'used');
      await waitFor('its end', async () => (await test.store.tasks.active(repo.name)) === undefined);
      expect(timesApplied()).toBe(1);
      const [attempt] = await test.store.attempts.list({ repo: repo.name, limit: 1 });
      expect(attempt).toMatchObject({ status: 'applied', rule: 'approval', approvalId: approval.id });
    },
  );

  it('is not applied again by a reset, by hand, or by the old decisions', { timeout: 120_000 }, async () => {
    const old = (await newest())!;
    const before = (await test.store.attempts.list({ repo: repo.name, limit: 99 })).length;
    const { workflow, workflowService } = temporal.client;
    const applyId = `repo/${repo.name}/apply/${KEY}`;
    const done = await workflow.getHandle(applyId).describe();
    const history = await workflow.getHandle(applyId).fetchHistory();
    const [{ input }] = [history.events![0]!.workflowExecutionStartedEventAttributes!] as unknown as [
      { input: { payloads: { data: Uint8Array }[] } },
    ];
    const given = JSON.parse(Buffer.from(input.payloads[0]!.data).toString()) as ApplyStackInput;
    await workflowService.resetWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: applyId, runId: done.runId },
      reason: 'a test',
      // The type wants a Long, the wire takes a number.
      workflowTaskFinishEventId: 4 as never,
      requestId: 'reset-1',
    });
    expect(await workflow.getHandle(applyId).result()).toMatchObject({ status: 'refused' });
    const byHand = await workflow.execute('applyStack', {
      workflowId: `${applyId}/by-hand`,
      taskQueue: test.taskQueue,
      args: [given],
    });
    expect(byHand).toMatchObject({ status: 'refused' });
    driver.applied.clear();
    const again = await askForSync();
    expect(again.id).not.toBe(old.id);
    // The very messages of before: signed, by the right people, about the same digest.
    for (const { by, id, at, reason, signature } of await test.store.approvals.decisions(old.id)) {
      const message = {
        by,
        id,
        at,
        reason,
        signature: signature!,
        digest: again.digest,
        teams: [],
        aliases: [],
      };
      const answer = decide(target(), { repo: repo.name, key: KEY, verb: 'approve', message });
      expect(await refusalOf(answer)).toBe('forged');
    }
    expect(await test.store.attempts.list({ repo: repo.name, limit: 99 })).toHaveLength(before);
    expect(timesApplied()).toBe(0);
  });

  it('is asked about again when it moved between approval and apply', { timeout: 120_000 }, async () => {
    const approval = (await newest())!;
    await say('alice@example.com', approval);
    live = 'moved by somebody';
    await say('bob@example.com', approval);
    const next = await waitFor('another approval', async () => {
      const found = await newest();
      return found && found.id !== approval.id ? found : undefined;
    });
    expect(next).toMatchObject({ status: 'waiting', replaces: { id: approval.id, digest: approval.digest } });
    expect((await test.store.approvals.get(approval.id))?.status).toBe('dismissed');
    expect(await refusalOf(say('alice@example.com', approval))).toBe('stale_digest');
    expect(timesApplied()).toBe(0);
  });

  it('is blocked by a rejection until that is withdrawn', { timeout: 120_000 }, async () => {
    await waitFor('the end', async () => (await test.store.tasks.active(repo.name)) === undefined);
    const approval = (await newest())!;
    expect(await say('alice@example.com', approval, 'reject')).toMatchObject({ status: 'rejected' });
    expect(await say('bob@example.com', approval)).toMatchObject({ status: 'rejected' });
    expect(await say('dave@example.com', approval)).toMatchObject({ status: 'rejected' });
    expect(await refusalOf(say('alice@example.com', approval))).toBe('already_decided');
    await delay(500);
    expect(timesApplied()).toBe(0);
    expect(await say('alice@example.com', approval, 'withdraw')).toMatchObject({ status: 'approved' });
    await waitFor('the apply', () => timesApplied() === 1);
  });
});
