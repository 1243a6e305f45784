import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { WorkflowFailedError } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aFakeDriver, type FakeDriver } from '../support/fake-driver.ts';
import { temporalBinary } from '../support/tools.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { aGate, waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';

const run = promisify(execFile);
const repo = aRepo();
const gate = aGate();
let temporal: TestTemporal;
let test: TestWorkers;
let driver: FakeDriver;

beforeAll(async () => {
  temporal = await startTestTemporal();
  driver = aFakeDriver(['one', 'two'], async ({ stack }) => {
    if (stack.key === 'one') await gate.opened;
    return undefined;
  });
  test = await startTestWorkers(temporal, { drivers: [driver], settings: publishedSettings([repo]) });
});
afterAll(async () => {
  gate.open();
  await test.stop();
  await temporal.stop();
});

async function cli(workflowId: string, input: string, ...flags: string[]) {
  const fixed = `workflow start --type scanRepo --output json --address ${temporal.address}`;
  const given = ['--workflow-id', workflowId, '--task-queue', test.taskQueue, '--input', input];
  return await run(await temporalBinary(), [...fixed.split(' '), ...given, ...flags]);
}

async function failureOf(workflowId: string): Promise<Error | undefined> {
  const error = await temporal.client.workflow
    .getHandle(workflowId)
    .result()
    .catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(WorkflowFailedError);
  return (error as WorkflowFailedError).cause;
}

describe('the lock of a repo', () => {
  it('lets one scan run at a time, whoever starts the second', async () => {
    const first = await test.scan(repo.name);
    await waitFor('the first plan', () => driver.started.has('one'));
    await expect(test.scan(repo.name)).rejects.toBeInstanceOf(WorkflowExecutionAlreadyStartedError);
    const input = JSON.stringify({ repo: repo.name });
    await expect(cli(`repo/${repo.name}`, input, '--fail-existing')).rejects.toThrow(/already/i);
    // Without that flag the command answers with the run that holds the lock.
    expect((await cli(`repo/${repo.name}`, input)).stdout).toContain((await first.describe()).runId);
    gate.open();
    expect(await first.result()).toMatchObject({ status: 'completed', total: 2 });
    expect(Object.fromEntries(driver.started)).toEqual({ one: 1, two: 1 });
  });

  it('can be taken from the temporal command line', async () => {
    await cli(`repo/${repo.name}`, JSON.stringify({ repo: repo.name }));
    expect(await temporal.client.workflow.getHandle(`repo/${repo.name}`).result()).toMatchObject({
      status: 'completed',
    });
  });

  it('refuses a scan under another workflow ID and says how to start it', async () => {
    await cli('my-own-id', JSON.stringify({ repo: repo.name }));
    const cause = await failureOf('my-own-id');
    expect(cause).toMatchObject({ type: 'wrong_workflow_id' });
    expect(cause?.message).toContain(`--workflow-id repo/${repo.name}`);
  });

  it('refuses a repo that the config does not have', async () => {
    await cli('repo/nowhere', '{"repo":"nowhere"}');
    const cause = await failureOf('repo/nowhere');
    expect(cause).toMatchObject({ type: 'repo_unknown' });
    expect(cause?.message).toContain('config.yaml');
    expect(await test.store.tasks.list({ repo: 'nowhere', limit: 1 })).toEqual([]);
  });
});
