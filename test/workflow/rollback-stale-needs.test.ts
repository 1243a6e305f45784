import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decide } from '../../src/temporal/requests.ts';
import { aSigner } from '../support/decisions.ts';
import { anEnvironment } from '../support/environments.ts';
import { aRepo } from '../support/git.ts';
import { startRollbackTest, type RollbackTest } from '../support/rollback-repo.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { verdictsOf } from '../support/verdicts.ts';
import { waitFor } from '../support/wait-for.ts';

const APP = 'envs/dev/app';
const NET = 'envs/dev/net';
const ALICE = 'alice@example.com';
const signer = aSigner();
const asking = (required: number) => anEnvironment('development', { approvals: { required } });

let temporal: TestTemporal;
let test: RollbackTest;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});
beforeEach(async () => {
  test = await startRollbackTest(temporal, {
    environments: [asking(0)],
    overrides: { verifySigned: signer.verify },
    remote: async ({ repo }) => ({ ...aRepo(repo.path), dependsOn: { [APP]: [NET] } }),
  });
});
afterEach(async () => {
  await test.stop();
});

/** From here on the policy wants one person's word. */
async function askPeople(): Promise<void> {
  const { store } = test.workers;
  const { settings } = (await store.configs.latest())!;
  await store.configs.publish({ ...settings, environments: [asking(1)] }, new Date().toISOString());
}

async function approve(): Promise<void> {
  const approval = (await test.workers.store.approvals.latest(test.repo.name, APP))!;
  const target = { client: temporal.client, taskQueue: test.workers.taskQueue };
  const message = signer.decision(approval, 'bob@example.com');
  await decide(target, { repo: test.repo.name, key: APP, verb: 'approve', message });
}

/** Of a task's stacks, by their keys. */
async function reasonsIn(taskId: string): Promise<Record<string, string[]>> {
  const found = Object.entries(await verdictsOf(test.workers.store, test.repo.name, taskId));
  return Object.fromEntries(found.map(([key, verdict]) => [key, verdict!.reasons.map(({ code }) => code)]));
}

describe('a stack whose depends_on names one that is gone', { timeout: 120_000 }, () => {
  it('is blocked for a sync, but an approved rollback of it goes through', async () => {
    const good = await test.push({ [`${APP}/stack`]: 'good', [`${NET}/stack`]: 'good' });
    await test.run('sync');
    await test.push({ [`${APP}/stack`]: 'bad' });
    await test.run('sync');
    await test.push({ [`${APP}/stack`]: 'worse', [`${NET}/stack`]: null });
    const [sync] = (await test.run('sync')).slice(-1);
    expect(await reasonsIn(sync!.id)).toEqual({ [APP]: ['depends_on_unknown'] });
    expect(test.driver.stacks.get(APP)!.live).toBe('bad');

    await askPeople();
    const [asked] = (await test.run('rollback', { to_commit: good, stacks: [APP], actor: ALICE })).slice(-1);
    expect(asked).toMatchObject({ kind: 'rollback', status: 'awaiting_approval' });
    expect(await reasonsIn(asked!.id)).toEqual({ [APP]: ['approval_required'] });
    await approve();
    await waitFor('the way back', () => test.driver.stacks.get(APP)!.live === 'good');
    const [back] = (await test.settled()).slice(-1);
    expect(back).toMatchObject({ kind: 'sync', trigger: 'approval', status: 'completed' });
    expect(await reasonsIn(back!.id)).toEqual({ [APP]: ['approved'] });
    expect(await test.git.treeOf(await test.head(), APP)).toBe(await test.git.treeOf(good, APP));
  });
});
