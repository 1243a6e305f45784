import { aFakeDriver } from '../support/fake-driver.ts';
import type { TestTemporal } from '../support/temporal.ts';
import { aRepo, publishedSettings, startTestWorkers } from '../support/workers.ts';
import { save } from './recorder.ts';

const LOCK = { id: 'lock-1', who: 'alice@laptop', operation: 'apply', created: '2026-01-01T00:00:00.000Z' };

/** Somebody looks at a lock that a person holds, and is refused to release it. */
export async function recordUnlocks(on: TestTemporal): Promise<void> {
  const name = 'locked';
  const driver = Object.assign(aFakeDriver(['one']), {
    stateLock: async () => LOCK,
    unlock: async () => undefined,
  });
  const test = await startTestWorkers(on, {
    drivers: [driver],
    settings: publishedSettings([aRepo({ name })]),
  });
  try {
    await (await test.scan(name)).result();
    const workflowId = `repo/${name}/unlock/one`;
    const look = { repo: name, key: 'one' };
    const { workflow } = on.client;
    await workflow.execute('unlockStack', { workflowId, taskQueue: test.taskQueue, args: [look] });
    await save(on, 'unlock-look', workflowId);
    const release = { ...look, release: true, lock_id: LOCK.id, actor: 'bob@example.com' };
    const start = { workflowId, taskQueue: test.taskQueue, args: [release] };
    await workflow.execute('unlockStack', start).catch(() => undefined);
    await save(on, 'unlock-refused', workflowId);
  } finally {
    await test.stop();
  }
}
