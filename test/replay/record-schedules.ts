import { requestTask } from '../../src/temporal/requests.ts';
import { aFakeDriver, type FakePlan } from '../support/fake-driver.ts';
import type { TestTemporal } from '../support/temporal.ts';
import { aGate, waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers } from '../support/workers.ts';
import { hang } from '../support/hang.ts';
import { save } from './recorder.ts';

/** A schedule's trigger while a scan runs: one that skips it, and one that cancels it and starts its own. */
export async function recordScheduledTriggers(on: TestTemporal): Promise<void> {
  const gate = aGate();
  const held: FakePlan = async () => {
    await gate.opened;
    return undefined;
  };
  await recordTrigger(on, { name: 'skipped', cancels: false, plan: held, after: gate.open });
  const stopped: FakePlan = (context, attempt) => (attempt === 1 ? hang(context) : undefined);
  await recordTrigger(on, { name: 'cancels', cancels: true, plan: stopped, after: () => undefined });
}

async function recordTrigger(
  on: TestTemporal,
  { name, cancels, plan, after }: { name: string; cancels: boolean; plan: FakePlan; after: () => void },
): Promise<void> {
  const driver = aFakeDriver(['one'], plan);
  const settings = publishedSettings([aRepo({ name, cancelInflightOnNewTrigger: cancels })]);
  const test = await startTestWorkers(on, { drivers: [driver], settings });
  const { workflow } = on.client;
  try {
    await test.scan(name);
    await waitFor('a plan', () => driver.started.has('one'));
    const start = { workflowId: `schedule/${name}`, taskQueue: test.taskQueue, args: [{ repo: name }] };
    await workflow.execute('scheduledTrigger', start);
    after();
    await workflow.getHandle(`repo/${name}`).result();
    await save(on, `scheduled-trigger-${name}`, `schedule/${name}`);
  } finally {
    after();
    await test.stop();
  }
}

/** A scan that somebody asked for who may wait: of the stacks that were named. */
export async function recordScanRequests(on: TestTemporal): Promise<void> {
  const name = 'requested';
  const driver = aFakeDriver(['one', 'two']);
  const test = await startTestWorkers(on, {
    drivers: [driver],
    settings: publishedSettings([aRepo({ name })]),
  });
  try {
    const target = { client: on.client, taskQueue: test.taskQueue };
    await requestTask(target, name, { kind: 'scan', stacks: ['one'], trigger: 'watch', actor: 'plumbline' });
    await on.client.workflow.getHandle(`repo/${name}`).result();
    await save(on, 'scan-requested', `repo/${name}`);
  } finally {
    await test.stop();
  }
}

/** A poll of Git, and a sync on a schedule. */
export async function recordPolls(on: TestTemporal): Promise<void> {
  const name = 'polled';
  const driver = aFakeDriver(['one']);
  const test = await startTestWorkers(on, {
    drivers: [driver],
    settings: publishedSettings([aRepo({ name })]),
  });
  try {
    for (const kind of ['poll', 'sync']) {
      const start = {
        workflowId: `schedule/${name}/${kind}`,
        taskQueue: test.taskQueue,
        args: [{ repo: name, kind }],
      };
      await on.client.workflow.execute('scheduledTrigger', start);
      await on.client.workflow.getHandle(`repo/${name}`).result();
      await save(on, `scheduled-trigger-${kind}`, `schedule/${name}/${kind}`);
    }
  } finally {
    await test.stop();
  }
}
