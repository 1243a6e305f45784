import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { anEnvironment } from '../support/environments.ts';
import type { LiveRules } from '../support/live-driver.ts';
import { startRollbackTest, type RollbackTest } from '../support/rollback-repo.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';

const APP = 'envs/dev/app';
const FILE = `${APP}/stack`;

let temporal: TestTemporal;
let test: RollbackTest;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});
afterEach(async () => {
  await test.stop();
});

async function start(rules: LiveRules, autoRollback = true): Promise<void> {
  const policy = { approvals: { required: 0 }, autoRollback };
  test = await startRollbackTest(temporal, { environments: [anEnvironment('development', policy)], rules });
}

const kinds = (tasks: readonly { kind: string; trigger: string; status: string }[]) =>
  tasks.map(({ kind, trigger, status }) => `${kind} ${trigger} ${status}`);

describe('a sync whose verification fails', () => {
  it('is rolled back once, verified and pinned, and nothing more', { timeout: 120_000 }, async () => {
    await start({ isRight: (text) => text !== 'broken' });
    const good = await test.push({ [FILE]: 'good' });
    await test.run('sync');
    const broken = await test.push({ [FILE]: 'broken' });
    const tasks = await test.run('sync', { actor: 'alice@example.com' });
    expect(kinds(tasks)).toEqual([
      'sync manual completed',
      'sync manual failed',
      'rollback auto-rollback completed',
    ]);
    expect(test.driver.applied).toEqual([`${APP}: good`, `${APP}: broken`, `${APP}: good`]);
    const { store } = test.workers;
    const [last, failed] = await store.attempts.list({ repo: test.repo.name, limit: 9 });
    expect(failed).toMatchObject({ commit: broken, error: { code: 'verification_failed' } });
    expect(failed!.summary).toContain(`It is rolled back to ${good.slice(0, 12)}.`);
    expect(last).toMatchObject({ kind: 'rollback', status: 'applied', error: null });
    const head = await test.head();
    expect(await test.git.treeOf(head, APP)).toBe(await test.git.treeOf(good, APP));
    expect(await store.syncs.get(test.repo.name, APP)).toMatchObject({ commit: head });
    expect(await store.holds.active()).toMatchObject([{ kind: 'pin', name: APP, commit: head }]);
  });

  it(
    'stops when its rollback is not right either, says so, and stays pinned',
    { timeout: 120_000 },
    async () => {
      let trusted = true;
      await start({ isRight: () => trusted });
      await test.push({ [FILE]: 'good' });
      await test.run('sync');
      trusted = false;
      await test.push({ [FILE]: 'broken' });
      const tasks = await test.run('sync');
      expect(kinds(tasks).slice(1)).toEqual(['sync manual failed', 'rollback auto-rollback failed']);
      const { store } = test.workers;
      const [last] = await store.attempts.list({ repo: test.repo.name, limit: 9 });
      expect(last!.summary).toContain('It was a rollback itself, so that nothing more happens by itself');
      expect(await store.holds.active()).toMatchObject([{ kind: 'pin', commit: await test.head() }]);
    },
  );

  it(
    'is left to people where the changes are mild and the policy says nothing',
    { timeout: 120_000 },
    async () => {
      await start({ isRight: (text) => text !== 'broken' }, false);
      await test.push({ [FILE]: 'good' });
      await test.run('sync');
      await test.push({ [FILE]: 'broken' });
      expect(kinds(await test.run('sync'))).toHaveLength(2);
      const [failed] = await test.workers.store.attempts.list({ repo: test.repo.name, limit: 1 });
      expect(failed!.summary).toContain('The policy leaves its rollback to people.');
    },
  );

  it('is rolled back under any policy where the changes are critical', { timeout: 120_000 }, async () => {
    await start({ isRight: (text) => text !== 'broken', kind: 'aws_iam_policy' }, false);
    await test.push({ [FILE]: 'good' });
    await test.run('sync');
    await test.push({ [FILE]: 'broken' });
    expect(kinds(await test.run('sync'))).toContain('rollback auto-rollback completed');
  });

  it('is not rolled back to what Git has anyway', { timeout: 120_000 }, async () => {
    let trusted = true;
    await start({ isRight: () => trusted });
    await test.push({ [FILE]: 'good' });
    await test.run('sync');
    const head = await test.push({ 'README.md': 'nothing of the stack' });
    trusted = false;
    test.driver.stacks.get(APP)!.live = 'moved by hand';
    const tasks = await test.run('sync');
    expect(kinds(tasks).slice(1)).toEqual(['sync manual failed', 'rollback auto-rollback failed']);
    expect(tasks.at(-1)!.error).toMatchObject({ code: 'nothing_to_revert' });
    expect(await test.head()).toBe(head);
    expect(test.driver.applied).toHaveLength(2);
  });
});
