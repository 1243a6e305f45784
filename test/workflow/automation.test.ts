import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aHold } from '../support/an-eligibility.ts';
import { aDriftedChange, aFakeDriver, type FakeDriver } from '../support/fake-driver.ts';
import { anEnvironment } from '../support/environments.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { aRepo, COMMIT, publishedSettings, startTestWorkers, type TestWorkers } from '../support/workers.ts';

const HEALS = 'envs/dev/heals';
const WANTED = 'envs/dev/wanted';
const GONE = 'envs/dev/gone';
const PAUSED = 'envs/dev/paused';
const LEFT = 'envs/staging/left';

const repo = aRepo();
const automated = { prune: false, selfHeal: true, allowEmpty: false };
const changes: Record<string, ReturnType<typeof aDriftedChange>> = {
  [HEALS]: aDriftedChange(),
  [WANTED]: aDriftedChange({ cause: 'pending' }),
  [GONE]: aDriftedChange({ cause: 'pending', action: 'delete', actions: ['delete'] }),
  [PAUSED]: aDriftedChange(),
  [LEFT]: aDriftedChange(),
};
let driver: FakeDriver;
let temporal: TestTemporal;
let test: TestWorkers;

beforeAll(async () => {
  temporal = await startTestTemporal();
  driver = aFakeDriver(Object.keys(changes), ({ stack: { key } }) =>
    driver.applied.has(key) ? undefined : { changes: [changes[key]!] },
  );
  const environments = [
    anEnvironment('development', { automated, approvals: { required: 0 } }),
    anEnvironment('staging', { approvals: { required: 0 } }),
  ];
  test = await startTestWorkers(temporal, {
    drivers: [driver],
    settings: publishedSettings([repo], { environments }),
  });
  const scope = { scope: 'stack', repo: repo.name, name: PAUSED } as const;
  await test.store.holds.place(aHold({ kind: 'pause', ...scope }));
});
afterAll(async () => {
  await test?.stop();
  await temporal?.stop();
});

/** Runs a scheduled scan and all that follows from it; answers the tasks, the oldest first. */
async function scheduled(run: string) {
  const before = new Set((await tasks()).map(({ id }) => id));
  await temporal.client.workflow.execute('scheduledTrigger', {
    workflowId: `schedule/${repo.name}-${run}`,
    taskQueue: test.taskQueue,
    args: [{ repo: repo.name }],
  });
  await temporal.client.workflow.getHandle(`repo/${repo.name}`).result();
  return (await tasks()).filter(({ id }) => !before.has(id)).toReversed();
}

const tasks = () => test.store.tasks.list({ repo: repo.name, limit: 99 });

async function verdictOf(taskId: string, key: string) {
  const jobs = await test.store.jobs.listByTask(taskId, { afterOrdinal: -1, limit: 99 });
  const job = jobs.find(({ stackKey }) => stackKey === key);
  return (await test.store.verdicts.listByTask(taskId))[job?.id ?? ''];
}

describe('an automated environment', () => {
  it('repairs drift and rolls out what Git wants after a scheduled scan', { timeout: 60_000 }, async () => {
    const [scan, repair, sync, ...more] = await scheduled('first');
    expect(scan).toMatchObject({ kind: 'scan', trigger: 'schedule', status: 'completed' });
    expect(repair).toMatchObject({ kind: 'reconcile', trigger: 'schedule', actor: 'plumbline' });
    expect(sync).toMatchObject({ kind: 'sync', trigger: 'schedule', status: 'awaiting_approval' });
    expect(more).toEqual([]);
    expect([...driver.applied.keys()].toSorted()).toEqual([HEALS, WANTED]);
    expect(await test.store.syncs.get(repo.name, HEALS)).toMatchObject({ heals: [expect.any(String)] });
    // Deletions are left to people (`prune`), and so is an environment that is not automated.
    expect(await verdictOf(sync!.id, GONE)).toMatchObject({ kind: 'wait' });
    expect(await test.store.stacks.get(repo.name, LEFT)).toMatchObject({ status: 'drifted' });
  });

  it(
    'asks for nothing where nothing is left to do but what people decide on',
    { timeout: 60_000 },
    async () => {
      expect(await scheduled('second')).toMatchObject([{ kind: 'scan' }]);
    },
  );

  it(
    'backs off from a stack whose repairs do not hold, and calls it oscillating',
    { timeout: 60_000 },
    async () => {
      const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
      const sync = (await test.store.syncs.get(repo.name, HEALS))!;
      driver.applied.delete(HEALS);
      await test.store.syncs.put({ ...sync, heals: [ago(2), ago(60), ago(300)] });
      expect(await scheduled('third')).toMatchObject([{ kind: 'scan' }]);
      await test.store.syncs.put({ ...sync, heals: [ago(60), ago(300), ago(900)] });
      const [, repair] = await scheduled('fourth');
      expect(repair).toMatchObject({ kind: 'reconcile', status: 'completed' });
      const codes = (await verdictOf(repair!.id, HEALS))?.reasons.map(({ code }) => code);
      expect(codes).toEqual(['policy_allows', 'oscillating']);
      expect((await test.store.stacks.get(repo.name, HEALS))?.heals).toHaveLength(4);
    },
  );

  it('leaves a scan of a certain commit a look', { timeout: 60_000 }, async () => {
    driver.applied.delete(WANTED);
    const handle = await test.scan(repo.name, { commit: COMMIT });
    expect(await handle.result()).toMatchObject({ drifted: 4 });
    expect((await tasks())[0]).toMatchObject({ kind: 'scan' });
    expect(driver.applied.has(WANTED)).toBe(false);
  });
});
