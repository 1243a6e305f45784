import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decide } from '../../src/temporal/requests.ts';
import { aSigner } from '../support/decisions.ts';
import { anEnvironment } from '../support/environments.ts';
import { aDriftedChange, aFakeDriver } from '../support/fake-driver.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';

const KEY = 'envs/prod';
const BULK = Array.from({ length: 40 }, (_, index) => `bulk/${String(index).padStart(2, '0')}`);
const signer = aSigner();
const busy = aRepo();
const urgent = aRepo();
let isHeld = false;
/** Ends one plan each. */
const permits: (() => void)[] = [];
const driver = aFakeDriver([KEY, ...BULK], async ({ stack }) => {
  if (stack.key === KEY) return { changes: [aDriftedChange()] };
  if (isHeld) await new Promise<void>((resolve) => permits.push(resolve));
  return undefined;
});
let temporal: TestTemporal;
let test: TestWorkers;

beforeAll(async () => {
  temporal = await startTestTemporal();
  test = await startTestWorkers(temporal, {
    drivers: [driver],
    settings: publishedSettings([busy, urgent], {
      environments: [anEnvironment('production', { approvals: { required: 1 } })],
      worker: { concurrency: 1 },
    }),
    overrides: { verifySigned: signer.verify },
  });
});
afterAll(async () => {
  await test?.stop();
  await temporal?.stop();
});

/** When a tool activity was put into its queue, and when a worker took it. Milliseconds since 1970. */
interface ToolTimes {
  scheduled: number;
  started: number;
}

/** The tool activities of a repo's tasks and their children. */
async function toolTimes(repo: string): Promise<ToolTimes[]> {
  const times = new Map<string, ToolTimes>();
  const query = `WorkflowId STARTS_WITH 'repo/${repo}'`;
  for await (const { workflowId, runId } of temporal.client.workflow.list({ query })) {
    const { events } = await temporal.client.workflow.getHandle(workflowId, runId).fetchHistory();
    for (const event of events ?? []) {
      const at = Number(event.eventTime!.seconds) * 1000 + event.eventTime!.nanos! / 1e6;
      const put = event.activityTaskScheduledEventAttributes;
      if (put && put.taskQueue!.name !== test.taskQueue)
        times.set(`${runId}/${String(event.eventId)}`, { scheduled: at, started: Infinity });
      const taken = event.activityTaskStartedEventAttributes;
      const task = taken && times.get(`${runId}/${String(taken.scheduledEventId)}`);
      if (task) task.started = at;
    }
  }
  return [...times.values()];
}

describe('a plan that people have approved', () => {
  it('is applied before the scan of another repo goes on', async () => {
    const asked = await test.sync(urgent.name, { actor: 'carol@example.com' });
    expect(await asked.result()).toMatchObject({ status: 'awaiting_approval' });
    isHeld = true;
    const scan = await test.scan(busy.name);
    await waitFor(
      'a scan that fills the queue',
      async () => (await toolTimes(busy.name)).length > BULK.length,
    );
    const approval = (await test.store.approvals.latest(urgent.name, KEY))!;
    const message = signer.decision(approval, 'alice@example.com');
    const approvedAt = Date.now();
    const target = { client: temporal.client, taskQueue: test.taskQueue };
    await decide(target, { repo: urgent.name, key: KEY, verb: 'approve', message });
    // The plans of the scan end one by one, whatever else goes on.
    const pump = setInterval(() => permits.shift()?.(), 50);
    try {
      await waitFor('the apply', () => driver.applied.has(KEY));
      const isOver = async () => (await scan.describe()).status.name === 'COMPLETED';
      await waitFor('the end of the scan', isOver);
    } finally {
      clearInterval(pump);
    }
    const others = await toolTimes(busy.name);
    const overtaken = (await toolTimes(urgent.name))
      .filter(({ scheduled }) => scheduled > approvedAt)
      .map(({ scheduled, started }) => {
        const isBefore = (other: ToolTimes) => other.started > scheduled && other.started < started;
        return others.filter((other) => other.scheduled < scheduled && isBefore(other)).length;
      });
    expect(overtaken.length).toBeGreaterThanOrEqual(2);
    // What the worker had at hand goes first, and the server keeps the order nearly, not strictly.
    expect(Math.max(...overtaken)).toBeLessThan(BULK.length / 2);
  });
});
