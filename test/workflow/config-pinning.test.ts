import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IgnoreRule } from '../../src/domain/settings.ts';
import { aDriftedChange, aFakeDriver } from '../support/fake-driver.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { aGate, waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers } from '../support/workers.ts';

let temporal: TestTemporal;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});

/** Makes every plan of the tests below say that nothing has changed. */
const IGNORE_ALL: IgnoreRule = {
  repo: null,
  stack: null,
  address: '**',
  type: null,
  pointer: null,
  reason: 'Known.',
  until: null,
};

describe('a config that is published while a task runs', () => {
  it('counts for the next task, and for none of the stacks that the running one still plans', async () => {
    const repo = aRepo();
    const gate = aGate();
    const driver = aFakeDriver(['a', 'b', 'c'], async () => {
      await gate.opened;
      return { changes: [aDriftedChange()] };
    });
    const settings = publishedSettings([repo], { worker: { concurrency: 1 } });
    const test = await startTestWorkers(temporal, { drivers: [driver], settings });
    const { store } = test;
    const versionOf = async (id: string) => (await store.tasks.get(id))?.configVersion;
    try {
      const before = (await store.configs.latest())!.version;
      const handle = await test.scan(repo.name, { task_id: `${repo.name}:1` });
      await waitFor('the first of the plans', () => driver.started.size === 1);
      await store.configs.publish({ ...settings, ignore: [IGNORE_ALL] }, new Date().toISOString());
      const after = (await store.configs.latest())!.version;
      expect(after).toBeGreaterThan(before);
      expect(await versionOf(`${repo.name}:1`)).toBe(before);
      expect(driver.started.size).toBe(1);
      gate.open();
      expect(await handle.result()).toMatchObject({ status: 'completed', total: 3, drifted: 3 });
      expect(await versionOf(`${repo.name}:1`)).toBe(before);

      const next = await test.scan(repo.name, { task_id: `${repo.name}:2` });
      expect(await next.result()).toMatchObject({ status: 'completed', total: 3, drifted: 0 });
      expect(await versionOf(`${repo.name}:2`)).toBe(after);
    } finally {
      gate.open();
      await test.stop();
    }
  });
});
