import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aDriftedChange, aFakeDriver, type FakeDriver } from '../support/fake-driver.ts';
import { anEnvironment } from '../support/environments.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import {
  aRepo,
  fakeCheckouts,
  movingCheckouts,
  publishedSettings,
  startTestWorkers,
  type TestWorkers,
} from '../support/workers.ts';

const OLD = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
const NEW = 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb';
const SYNCED = 'envs/dev/synced';
const DRIFTED = 'envs/dev/drifted';
const MIXED = 'envs/dev/mixed';

const drift = aDriftedChange();
const pending = aDriftedChange({ address: 'fake_thing.two', cause: 'pending' });
const repo = aRepo();
/** `key@commit` of everything that was applied. */
const applied: string[] = [];
let driver: FakeDriver;
let temporal: TestTemporal;
let test: TestWorkers;
let head = OLD;

beforeAll(async () => {
  temporal = await startTestTemporal();
  driver = aFakeDriver(
    [SYNCED, DRIFTED, MIXED],
    ({ stack, commit }) => {
      const live = stack.key === DRIFTED || commit === OLD ? [drift] : [drift, pending];
      return { changes: live, identity: { stack: stack.key, commit } };
    },
    { apply: ({ stack, commit }) => void applied.push(`${stack.key}@${commit}`) },
  );
  const git = {
    ...movingCheckouts('/', () => head),
    changesSince: async (_repo: unknown, { base, commit }: { base: string | null; commit: string }) =>
      base === OLD && commit === NEW
        ? { files: ['main.tf'], authors: [], lastCommitter: null, commits: 1 }
        : await fakeCheckouts('/').changesSince(),
  };
  const environments = [anEnvironment('development', { approvals: { required: 0 } })];
  test = await startTestWorkers(temporal, {
    drivers: [driver],
    settings: publishedSettings([repo], { environments }),
    overrides: { workbench: () => ({ git, tools: () => Promise.reject(new Error('no tools here')) }) },
  });
});
afterAll(async () => {
  await test?.stop();
  await temporal?.stop();
});

async function run(kind: 'syncRepo' | 'reconcileRepo', input: Record<string, unknown> = {}) {
  const handle = await temporal.client.workflow.start(kind, {
    workflowId: `repo/${repo.name}`,
    taskQueue: test.taskQueue,
    args: [{ repo: repo.name, actor: 'alice@example.com', ...input }],
  });
  const result: unknown = await handle.result();
  const [task] = await test.store.tasks.list({ repo: repo.name, limit: 1 });
  const verdicts = await test.store.verdicts.listByTask(task!.id);
  const jobs = await test.store.jobs.listByTask(task!.id, { afterOrdinal: -1, limit: 9 });
  const codes = (key: string) =>
    verdicts[jobs.find((job) => job.stackKey === key)?.id ?? '']?.reasons.map(({ code }) => code);
  return { result, codes };
}

describe('reconcileRepo', () => {
  it(
    'repairs each stack at the commit that it was last synced to, and leaves newer ones pending',
    { timeout: 60_000 },
    async () => {
      await run('syncRepo', { stacks: [SYNCED] });
      expect(applied).toEqual([`${SYNCED}@${OLD}`]);
      head = NEW;
      driver.applied.clear();
      await (await test.scan(repo.name)).result();
      expect(await test.store.stacks.get(repo.name, SYNCED)).toMatchObject({
        status: 'drifted_and_pending',
        pending: 1,
      });
      applied.length = 0;
      const { result, codes } = await run('reconcileRepo');
      expect(result).toMatchObject({ applied: 2, blocked: 1 });
      // One was never synced: it is planned at the newest commit, and what is drift alone is repaired.
      expect(applied.toSorted()).toEqual([`${DRIFTED}@${NEW}`, `${SYNCED}@${OLD}`]);
      expect(codes(SYNCED)).toEqual(['policy_allows', 'newer_commit']);
      expect(codes(MIXED)).toEqual(['pending_with_drift']);
      expect(await test.store.syncs.get(repo.name, SYNCED)).toMatchObject({ commit: OLD });
      expect(await test.store.stacks.get(repo.name, SYNCED)).toMatchObject({
        status: 'pending',
        pending: 1,
        drift: 0,
        commit: OLD,
      });
    },
  );

  it('rolls nothing out, also at a commit that a person named', { timeout: 60_000 }, async () => {
    driver.applied.clear();
    applied.length = 0;
    const { codes } = await run('reconcileRepo', { commit: NEW, stacks: [SYNCED] });
    expect(codes(SYNCED)).toEqual(['pending_with_drift']);
    expect(applied).toEqual([]);
  });
});
