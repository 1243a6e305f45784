import { aFakeDriver } from '../support/fake-driver.ts';
import { aResource } from '../support/a-resource.ts';
import type { TestTemporal } from '../support/temporal.ts';
import { aRepo, publishedSettings, startTestWorkers } from '../support/workers.ts';
import { save } from './recorder.ts';

/** Somebody looks at what a stack has; and at one whose driver can't. */
export async function recordInspections(on: TestTemporal): Promise<void> {
  const name = 'inspected';
  const web = aResource('shop/Deployment.apps/web');
  const able = Object.assign(aFakeDriver(['one']), {
    inspect: async () => ({ resources: [web], orphans: null, notes: [] }),
  });
  await inspect(on, able, { name, as: 'inspect-look' });
  await inspect(on, aFakeDriver(['one']), { name: 'uninspected', as: 'inspect-refused' });
}

async function inspect(
  on: TestTemporal,
  driver: ReturnType<typeof aFakeDriver>,
  { name, as }: { name: string; as: string },
): Promise<void> {
  const settings = publishedSettings([aRepo({ name })]);
  const test = await startTestWorkers(on, { drivers: [driver], settings });
  try {
    await (await test.scan(name)).result();
    const workflowId = `repo/${name}/inspect/one`;
    const start = { workflowId, taskQueue: test.taskQueue, args: [{ repo: name, key: 'one' }] };
    await on.client.workflow.execute('inspectStack', start).catch(() => undefined);
    await save(on, as, workflowId);
  } finally {
    await test.stop();
  }
}
