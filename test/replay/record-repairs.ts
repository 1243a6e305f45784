import { anEnvironment } from '../support/environments.ts';
import { aDriftedChange, aFakeDriver, type FakeDriver } from '../support/fake-driver.ts';
import type { TestTemporal } from '../support/temporal.ts';
import { aRepo, publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';
import { save } from './recorder.ts';

const KEYS = ['envs/dev/drifted', 'envs/dev/pending'];

/** A repair that a person asks for, and a scan whose environment has one made without people. */
export async function recordRepairs(on: TestTemporal): Promise<void> {
  await repaired(on, 'reconciled', false, async ({ taskQueue }, name) => {
    const start = {
      workflowId: `repo/${name}`,
      taskQueue,
      args: [{ repo: name, actor: 'alice@example.com' }],
    };
    await on.client.workflow.execute('reconcileRepo', start);
    await save(on, 'reconcile', `repo/${name}`);
  });
  await repaired(on, 'automated', true, async (test, name) => {
    const scan = await test.scan(name, { trigger: 'schedule' });
    await scan.result();
    await save(on, 'scan-automated', `repo/${name}`, scan.firstExecutionRunId);
    await save(on, 'sync-automated', `repo/${name}`);
  });
}

async function repaired(
  on: TestTemporal,
  name: string,
  selfHeals: boolean,
  run: (test: TestWorkers, name: string) => Promise<void>,
): Promise<void> {
  const driver: FakeDriver = aFakeDriver(KEYS, ({ stack: { key } }) =>
    driver.applied.has(key)
      ? undefined
      : { changes: [aDriftedChange({ cause: key === KEYS[0] ? 'drift' : 'pending' })] },
  );
  const automated = { prune: false, selfHeal: selfHeals, allowEmpty: false };
  const policy = { approvals: { required: 0 }, ...(selfHeals ? { automated } : {}) };
  const settings = publishedSettings([aRepo({ name })], {
    environments: [anEnvironment('development', policy)],
  });
  const test = await startTestWorkers(on, { drivers: [driver], settings });
  try {
    await run(test, name);
  } finally {
    await test.stop();
  }
}
