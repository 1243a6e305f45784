// Records the histories that the replay tests read: node test/replay/record.ts [WAY…]. Run it when a workflow is
// released with a new way. Those that are there stay as they are: workflows that began before must go on.
import { decide } from '../../src/temporal/requests.ts';
import { PlumblineError } from '../../src/util/errors.ts';
import { aSigner } from '../support/decisions.ts';
import { anEnvironment } from '../support/environments.ts';
import { aDriftedChange, aFakeDriver, type FakePlan } from '../support/fake-driver.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers } from '../support/workers.ts';
import { hang } from '../support/hang.ts';
import { recordApprovals } from './record-approvals.ts';
import { recordPaged, recordUnstable } from './record-decisions.ts';
import { recordInspections } from './record-inspections.ts';
import { recordLost } from './record-lost.ts';
import { recordMany } from './record-many.ts';
import { recordScanEnds } from './record-ends.ts';
import { recordRepairs } from './record-repairs.ts';
import { recordRollbacks } from './record-rollbacks.ts';
import { recordPolls, recordScanRequests, recordScheduledTriggers } from './record-schedules.ts';
import { recordUnlocks } from './record-unlocks.ts';

import { save } from './recorder.ts';

/** What is recorded, by the word that asks for it. */
const WAYS: Record<string, (on: TestTemporal) => Promise<void>> = {
  scans: recordScans,
  syncs: recordSync,
  schedules: recordScheduledTriggers,
  requests: recordScanRequests,
  polls: recordPolls,
  ends: recordScanEnds,
  repairs: recordRepairs,
  rollbacks: recordRollbacks,
  unlocks: recordUnlocks,
  inspections: recordInspections,
  approvals: recordApprovals,
  unstable: recordUnstable,
  paged: recordPaged,
  lost: recordLost,
  many: recordMany,
};

const asked = process.argv.slice(2);
const temporal = await startTestTemporal({
  dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': '120' },
});
try {
  for (const way of asked.length === 0 ? Object.keys(WAYS) : asked) {
    const run = WAYS[way];
    if (!run) throw new Error(`There is no way "${way}", only: ${Object.keys(WAYS).join(', ')}`);
    await run(temporal);
  }
} finally {
  await temporal.stop();
}

async function recordScans(on: TestTemporal): Promise<void> {
  await record(on, 'clean', ['envs/dev', 'envs/prod'], ({ stack }) =>
    stack.key === 'envs/prod' ? { changes: [aDriftedChange()] } : undefined,
  );
  await record(on, 'failed', ['bad', 'flaky', 'good'], ({ stack }, attempt) => {
    if (stack.key === 'bad') throw new PlumblineError('config_invalid', 'main.tf:3: a block is not closed.');
    if (stack.key === 'flaky' && attempt === 1)
      throw new PlumblineError('init_failed', 'The registry did not answer.');
    return undefined;
  });
  await record(on, 'cancelled', ['hangs'], hang, true);
  const many = Array.from({ length: 110 }, (_, index) => `stacks/${index}`);
  await record(on, 'continued', many, () => undefined);
}

/** Runs a scan by a schedule's trigger and keeps what Temporal wrote down of it. */
async function record(
  on: TestTemporal,
  name: string,
  paths: string[],
  plan: FakePlan,
  cancel = false,
): Promise<void> {
  const repo = aRepo({ name });
  const driver = aFakeDriver(paths, plan);
  const test = await startTestWorkers(on, { drivers: [driver], settings: publishedSettings([repo]) });
  const { workflow } = on.client;
  try {
    const start = { workflowId: `schedule/${name}`, taskQueue: test.taskQueue, args: [{ repo: name }] };
    await workflow.execute('scheduledTrigger', start);
    const scan = workflow.getHandle(`repo/${name}`);
    const { runId } = await scan.describe();
    await waitFor('a plan', () => driver.started.size > 0);
    if (cancel) await scan.cancel();
    await scan.result().catch(() => undefined);
    await save(on, `scan-${name}`, `repo/${name}`, runId);
    if (name === 'continued') await save(on, 'scan-continued-last', `repo/${name}`);
    await save(on, `plan-${name}`, `repo/${name}/plan/${paths[0]}`);
    if (name === 'clean') await saveOthers(on, test.taskQueue, name);
  } finally {
    await test.stop();
  }
}

/** A sync that applies one stack, presents another to people, and is asked once more when they have agreed. */
async function recordSync(on: TestTemporal): Promise<void> {
  const repo = aRepo({ name: 'synced' });
  const signer = aSigner();
  const driver = aFakeDriver(['envs/dev', 'envs/prod'], () => ({ changes: [aDriftedChange()] }));
  const environments = [
    anEnvironment('development', { approvals: { required: 0 } }),
    anEnvironment('production', { approvals: { required: 1 } }),
  ];
  const settings = publishedSettings([repo], { environments });
  const overrides = { verifySigned: signer.verify };
  const test = await startTestWorkers(on, { drivers: [driver], settings, overrides });
  try {
    const first = await test.sync('synced', { actor: 'carol@example.com' });
    await first.result();
    await save(on, 'sync-waiting', 'repo/synced', first.firstExecutionRunId);
    await save(on, 'apply', 'repo/synced/apply/envs/dev');
    const [repoName, key] = ['synced', 'envs/prod'];
    const approval = (await test.store.approvals.latest(repoName, key))!;
    const message = signer.decision(approval, 'alice@example.com');
    const target = { client: on.client, taskQueue: test.taskQueue };
    await decide(target, { repo: repoName, key, verb: 'approve', message });
    await waitFor('the apply', () => driver.applied.get(key) === 1);
    await waitFor('the end', async () => (await test.store.tasks.active(repoName)) === undefined);
    await on.client.workflow.getHandle('repo/synced').result();
    await on.client.workflow.getHandle(`approval/synced/${key}`).result();
    await save(on, 'sync-approved', 'repo/synced');
    await save(on, 'approval', `approval/synced/${key}`);
  } finally {
    await test.stop();
  }
}

async function saveOthers(on: TestTemporal, taskQueue: string, name: string): Promise<void> {
  await on.client.workflow.execute('retention', {
    workflowId: 'retention',
    taskQueue,
    args: [{ keep_days: 7 }],
  });
  await save(on, 'retention', 'retention');
  await save(on, 'scheduled-trigger', `schedule/${name}`);
}
