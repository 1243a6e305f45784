import { anEnvironment } from '../support/environments.ts';
import { aDriftedChange, aFakeDriver } from '../support/fake-driver.ts';
import type { TestTemporal } from '../support/temporal.ts';
import { aRepo, publishedSettings, startTestWorkers } from '../support/workers.ts';
import { save } from './recorder.ts';

/** A sync that asks about one plan and not about another, which is a different one each time it is made. */
export async function recordUnstable(on: TestTemporal): Promise<void> {
  const name = 'unstable';
  const driver = aFakeDriver(['envs/prod/app', 'envs/prod/net'], ({ stack }, attempt) => ({
    changes: [aDriftedChange()],
    identity: { attempt: stack.key === 'envs/prod/net' ? attempt : 0 },
  }));
  const settings = publishedSettings([aRepo({ name })], {
    environments: [anEnvironment('production', { approvals: { required: 1 } })],
  });
  const test = await startTestWorkers(on, { drivers: [driver], settings });
  try {
    const sync = await test.sync(name, { actor: 'carol@example.com' });
    await sync.result();
    await save(on, 'sync-unstable', `repo/${name}`, sync.firstExecutionRunId);
  } finally {
    await test.stop();
  }
}
