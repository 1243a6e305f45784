import { anEnvironment } from '../support/environments.ts';
import { aDriftedChange, aFakeDriver } from '../support/fake-driver.ts';
import type { TestTemporal } from '../support/temporal.ts';
import { aRepo, publishedSettings, startTestWorkers } from '../support/workers.ts';
import { save } from './recorder.ts';

/** A sync that asks about one plan and not about another, which is a different one each time it is made. */
export async function recordUnstable(on: TestTemporal): Promise<void> {
  await recordSync(on, ['envs/prod/app', 'envs/prod/net'], {
    name: 'unstable',
    moving: 'envs/prod/net',
    required: 1,
  });
}

/** A sync of so many stacks that it goes on in another run while it applies them. */
export async function recordPaged(on: TestTemporal): Promise<void> {
  const many = Array.from({ length: 105 }, (_, index) => `envs/dev/s${index}`);
  await recordSync(on, many, { name: 'paged', moving: null, required: 0 });
}

async function recordSync(
  on: TestTemporal,
  paths: string[],
  { name, moving, required }: { name: string; moving: string | null; required: number },
): Promise<void> {
  const driver = aFakeDriver(paths, ({ stack }, attempt) => ({
    changes: [aDriftedChange()],
    identity: { attempt: stack.key === moving ? attempt : 0 },
  }));
  const settings = publishedSettings([aRepo({ name })], {
    environments: [
      anEnvironment('development', { approvals: { required } }),
      anEnvironment('production', { approvals: { required } }),
    ],
  });
  const test = await startTestWorkers(on, { drivers: [driver], settings });
  try {
    const sync = await test.sync(name, { actor: 'carol@example.com' });
    await sync.result();
    await save(on, `sync-${name}`, `repo/${name}`, sync.firstExecutionRunId);
    const last = await on.client.workflow.getHandle(`repo/${name}`).describe();
    if (last.runId !== sync.firstExecutionRunId) await save(on, `sync-${name}-last`, `repo/${name}`);
  } finally {
    await test.stop();
  }
}
