import { PlumblineError } from '../../src/util/errors.ts';
import { anEnvironment } from '../support/environments.ts';
import { aDriftedChange, aFakeDriver } from '../support/fake-driver.ts';
import { hang } from '../support/hang.ts';
import { aManyDriver, type ManyDriver } from '../support/many-driver.ts';
import type { TestTemporal } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';
import { save } from './recorder.ts';

const KEYS = Array.from({ length: 110 }, (_, index) => `envs/dev/s${index}`);

/** Stacks that are planned side by side: two pages of a scan beside another driver's, one that is cancelled, and a sync. */
export async function recordMany(on: TestTemporal): Promise<void> {
  const mixed = aManyDriver(KEYS, ({ stack }) => {
    if (stack.key === KEYS[3]) throw new PlumblineError('config_invalid', 'app.yaml:3: this is no object.');
    return undefined;
  });
  await run(on, 'many', mixed, async (test, name) => {
    await (await test.scan(name)).result();
    await save(on, 'scan-many', `repo/${name}`);
  });
  const hanging = aManyDriver(KEYS.slice(0, 3), hang);
  await run(on, 'many-cancelled', hanging, async (test, name) => {
    const scan = await test.scan(name);
    await waitFor('a plan', () => hanging.started.size > 0);
    await scan.cancel();
    await scan.result().catch(() => undefined);
    await save(on, 'scan-many-cancelled', `repo/${name}`);
  });
  const drifted = aManyDriver(KEYS.slice(0, 5), ({ stack }) =>
    stack.key === KEYS[1] ? { changes: [aDriftedChange()] } : undefined,
  );
  await run(on, 'many-synced', drifted, async (test, name) => {
    await (await test.sync(name)).result();
    await save(on, 'sync-many', `repo/${name}`);
  });
}

async function run(
  on: TestTemporal,
  name: string,
  driver: ManyDriver,
  work: (test: TestWorkers, name: string) => Promise<void>,
): Promise<void> {
  const settings = publishedSettings([aRepo({ name })], {
    environments: [anEnvironment('development', { approvals: { required: 0 } })],
  });
  const drivers = [driver, aFakeDriver(['envs/dev/alone'])];
  const test = await startTestWorkers(on, { drivers, settings });
  try {
    await work(test, name);
  } finally {
    await test.stop();
  }
}
