import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aDriftedChange, aFakeDriver } from '../support/fake-driver.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { aGate, waitFor } from '../support/wait-for.ts';
import { aRepo, publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';

let temporal: TestTemporal;
let test: TestWorkers;
const mixed = aRepo();
const broken = aRepo();
const calm = aRepo();
const gate = aGate();

beforeAll(async () => {
  temporal = await startTestTemporal();
  const driver = aFakeDriver(['drifted', 'in-sync'], async ({ repo, stack }) => {
    if (repo === broken.name) throw new Error('It can not be planned.');
    if (repo === calm.name) await gate.opened;
    return repo === mixed.name && stack.key === 'drifted' ? { changes: [aDriftedChange()] } : undefined;
  });
  const settings = publishedSettings([mixed, broken, calm], { worker: { retryOnce: false } });
  test = await startTestWorkers(temporal, { drivers: [driver], settings });
});
afterAll(async () => {
  gate.open();
  await test.stop();
  await temporal.stop();
});

/** The IDs of the workflows that a query finds, sorted; asked again until there are as many as wanted, as a list lags behind. */
async function found(query: string, wanted: number): Promise<string[]> {
  return await waitFor(`${wanted} workflows of ${query}`, async () => {
    const ids: string[] = [];
    for await (const { workflowId } of temporal.client.workflow.list({ query })) ids.push(workflowId);
    return ids.length === wanted ? ids.toSorted() : undefined;
  });
}

describe('a list of workflows by search attributes', () => {
  it('finds a scan by its repo while it runs, and its plans, and all as completed once they have ended', async () => {
    const handle = await test.scan(calm.name);
    const ofRepo = `PlumblineRepo="${calm.name}" AND PlumblineKind="scan"`;
    expect(await found(`${ofRepo} AND PlumblineStatus="running"`, 1)).toEqual([`repo/${calm.name}`]);
    const plans = ['drifted', 'in-sync'].map((key) => `repo/${calm.name}/plan/${key}`);
    const running = `PlumblineRepo="${calm.name}" AND PlumblineStatus="running"`;
    expect(await found(`${running} AND PlumblineKind="plan"`, 2)).toEqual(plans);
    gate.open();
    await handle.result();
    const completed = `PlumblineRepo="${calm.name}" AND PlumblineStatus="completed"`;
    expect(await found(completed, 3)).toEqual([`repo/${calm.name}`, ...plans]);
    expect(await found(running, 0)).toEqual([]);
  });

  it('tells scans from plans, and those with drift from those without', async () => {
    await (await test.scan(mixed.name)).result();
    const ofRepo = `PlumblineRepo="${mixed.name}" AND PlumblineStatus="completed"`;
    const drifted = `repo/${mixed.name}/plan/drifted`;
    const inSync = `repo/${mixed.name}/plan/in-sync`;
    expect(await found(`${ofRepo} AND PlumblineKind="plan"`, 2)).toEqual([drifted, inSync]);
    expect(await found(`${ofRepo} AND PlumblineKind="plan" AND PlumblineDrifted=1`, 1)).toEqual([drifted]);
    expect(await found(`${ofRepo} AND PlumblineKind="plan" AND PlumblineDrifted=0`, 1)).toEqual([inSync]);
    expect(await found(`${ofRepo} AND PlumblineDrifted>0`, 2)).toEqual([`repo/${mixed.name}`, drifted]);
  });

  it('finds a scan that ended with failed jobs, and their plans, as failed', async () => {
    await (await test.scan(broken.name)).result();
    const failed = await found(`PlumblineRepo="${broken.name}" AND PlumblineStatus="failed"`, 3);
    expect(failed[0]).toBe(`repo/${broken.name}`);
    expect(await found(`PlumblineRepo="${broken.name}" AND PlumblineStatus="completed"`, 0)).toEqual([]);
  });
});
