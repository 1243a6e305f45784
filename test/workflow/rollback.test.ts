import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Task } from '../../src/domain/task.ts';
import { anEnvironment } from '../support/environments.ts';
import { startRollbackTest, type RollbackOptions, type RollbackTest } from '../support/rollback-repo.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';

const APP = 'envs/dev/app';
const NET = 'envs/dev/net';
const ALICE = { actor: 'alice@example.com', reason: 'it broke' };
const FREE = anEnvironment('development', {
  approvals: { required: 0 },
  automated: { prune: true, selfHeal: true, allowEmpty: true },
});

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

async function start(options: Partial<RollbackOptions> = {}): Promise<void> {
  test = await startRollbackTest(temporal, { environments: [FREE], ...options });
}

const last = (tasks: readonly Task[]) => tasks.at(-1)!;
const pins = () => test.workers.store.holds.active();
const reasonsOf = async ({ id }: Task) =>
  Object.values(await test.workers.store.verdicts.listByTask(id)).flatMap(({ reasons }) => reasons);
const codesOf = async (task: Task) => (await reasonsOf(task)).map(({ code }) => code);

/** One good commit that is live, and a bad one after it. */
async function goodThenBad(): Promise<{ good: string; bad: string }> {
  const good = await test.push({ [`${APP}/stack`]: 'good', [`${NET}/stack`]: 'good' });
  await test.run('sync');
  const bad = await test.push({ [`${APP}/stack`]: 'bad', [`${NET}/stack`]: 'bad' });
  await test.run('sync');
  return { good, bad };
}

describe('a rollback to a commit', { timeout: 120_000 }, () => {
  it('restores all that the environment reads, what was deleted since as well, and nothing else', async () => {
    const scan = { timeoutMs: 60_000, graceMs: 1_000, env: {}, varFiles: ['common.vars'] };
    await start({ settings: { scan } });
    const good = await test.push({
      [`${APP}/stack`]: 'good\nuse modules/web\n',
      [`${NET}/stack`]: 'net',
      'envs/prod/app/stack': 'prod',
      'modules/web/module': 'one',
      'modules/other/module': 'one',
      'common.vars': 'one',
      'README.md': 'one',
    });
    await test.run('sync', { environment: 'development' });
    await test.push({
      [`${APP}/stack`]: 'bad',
      [`${NET}/stack`]: null,
      'envs/prod/app/stack': 'prod two',
      'modules/web/module': 'two',
      'modules/other/module': 'two',
      'common.vars': 'two',
      'README.md': 'two',
    });
    await test.run('scan');
    const tasks = await test.run('rollback', { to_commit: good, environment: 'dev', ...ALICE });
    expect(last(tasks)).toMatchObject({ kind: 'rollback', status: 'completed' });
    const head = await test.head();
    const show = async (path: string) => (await test.git.repo.git(['show', `${head}:${path}`])).trim();
    expect(await show('modules/web/module')).toBe('one');
    expect(await show('common.vars')).toBe('one');
    expect(await show(`${NET}/stack`)).toBe('net');
    expect(await show('modules/other/module')).toBe('two');
    expect(await show('README.md')).toBe('two');
    expect(await show('envs/prod/app/stack')).toBe('prod two');
    expect(test.driver.stacks.get(APP)).toMatchObject({ live: 'good\n\none' });
    expect(await test.git.repo.git(['log', '-1', '--format=%an <%ae> %cn%n%B', 'main'])).toContain(
      `alice@example.com <alice@example.com> Plumbline\nRoll dev back to ${good.slice(0, 12)}\n\nit broke`,
    );
    expect(await pins()).toMatchObject([
      { kind: 'pin', scope: 'environment', name: 'development', commit: head },
    ]);
  });

  it('planned as a dry run pushes nothing and pins nothing', async () => {
    await start();
    const { good, bad } = await goodThenBad();
    const tasks = await test.run('rollback', { to_commit: good.slice(0, 10), dry_run: true, ...ALICE });
    expect(last(tasks)).toMatchObject({ kind: 'rollback', status: 'completed', commit: good });
    expect(last(tasks).counts.pending).toBe(2);
    expect(await test.head()).toBe(bad);
    expect(await pins()).toEqual([]);
    expect(test.driver.stacks.get(APP)!.live).toBe('bad');
  });

  it('is not begun while its environment is frozen', async () => {
    const frozen = { ...FREE, policy: { ...FREE.policy, freeze: { reason: 'the fair', until: null } } };
    await start();
    const { good, bad } = await goodThenBad();
    const { store } = test.workers;
    const { settings } = (await store.configs.latest())!;
    await store.configs.publish({ ...settings, environments: [frozen] }, new Date().toISOString());
    const task = last(await test.run('rollback', { to_commit: good, ...ALICE }));
    expect(task).toMatchObject({ status: 'failed', error: { code: 'rollback_blocked' } });
    expect(task.error!.message).toContain('frozen: the fair');
    expect(await test.head()).toBe(bad);
    expect(await pins()).toEqual([]);
  });

  it('is not begun while one of its stacks is paused, whoever asks', async () => {
    await start();
    const { good, bad } = await goodThenBad();
    const pause = {
      id: 'pause-1',
      kind: 'pause' as const,
      scope: 'stack' as const,
      repo: test.repo.name,
      name: NET,
      commit: null,
      reason: 'a migration',
      by: 'bob@example.com',
      at: new Date().toISOString(),
      releasedAt: null,
      releasedBy: null,
    };
    await test.workers.store.holds.place(pause);
    const task = last(await test.run('rollback', { to_commit: good, ...ALICE }));
    expect(task).toMatchObject({ status: 'failed', error: { code: 'rollback_blocked' } });
    expect(task.error!.message).toContain(`The stack ${NET} was paused by bob@example.com`);
    expect(await test.head()).toBe(bad);
    expect(await pins()).toHaveLength(1);
  });

  it('of a stack that did not exist then is refused, with Git as it was', async () => {
    await start();
    const before = await test.push({ [`${APP}/stack`]: 'good' });
    const head = await test.push({ [`${NET}/stack`]: 'new' });
    await test.run('sync');
    const task = last(await test.run('rollback', { to_commit: before, stacks: [NET], ...ALICE }));
    expect(task).toMatchObject({ status: 'failed', error: { code: 'stack_not_found' } });
    expect(await test.head()).toBe(head);
  });

  it('of one stack takes nothing back that another one reads: it names both, and Git is as it was', async () => {
    await start();
    const uses = (text: string) => `${text}\nuse modules/web\n`;
    const files = { [`${APP}/stack`]: uses('good'), [`${NET}/stack`]: uses('good') };
    const good = await test.push({ ...files, 'modules/web/module': 'one' });
    await test.push({ [`${APP}/stack`]: uses('bad') });
    await test.run('sync');
    expect(last(await test.run('rollback', { to_commit: good, stacks: [APP], ...ALICE }))).toMatchObject({
      status: 'completed',
    });
    for (const { id } of await pins())
      await test.workers.store.holds.release(id, 'alice@example.com', new Date().toISOString());
    const head = await test.push({ [`${APP}/stack`]: uses('worse'), 'modules/web/module': 'two' });
    await test.run('sync');
    const task = last(await test.run('rollback', { to_commit: good, stacks: [APP], ...ALICE }));
    expect(task).toMatchObject({ status: 'failed', error: { code: 'rollback_shared' } });
    expect(task.error!.message).toMatch(
      /modules\/web\/module would be brought back .* and envs\/dev\/net read/,
    );
    expect([await test.head(), await pins()]).toEqual([head, []]);
    const both = last(await test.run('rollback', { to_commit: good, stacks: [APP, NET], ...ALICE }));
    expect(both).toMatchObject({ status: 'completed' });
  });

  it('is undone by no automation, nor by a later push, until somebody releases it', async () => {
    await start();
    const { good } = await goodThenBad();
    await test.run('rollback', { to_commit: good, stacks: [APP], ...ALICE });
    const rolledBack = await test.head();
    expect(test.driver.stacks.get(APP)!.live).toBe('good');
    test.driver.stacks.get(APP)!.live = 'moved by hand';
    const repaired = last(await test.run('sync', { trigger: 'schedule', commit: rolledBack }));
    expect(repaired.status).toBe('completed');
    expect(test.driver.stacks.get(APP)!.live).toBe('good');
    await test.push({ [`${APP}/stack`]: 'newer', [`${NET}/stack`]: 'newer' });
    for (const trigger of ['push', 'schedule', 'cli']) {
      const task = last(await test.run('sync', { trigger }));
      expect(await codesOf(task)).toContain('pinned');
      expect(test.driver.stacks.get(APP)!.live).toBe('good');
    }
    expect(test.driver.stacks.get(NET)!.live).toBe('newer');
    const [pin] = await pins();
    await test.workers.store.holds.release(pin!.id, 'alice@example.com', new Date().toISOString());
    await test.run('sync', { trigger: 'push' });
    expect(test.driver.stacks.get(APP)!.live).toBe('newer');
  });

  it('is made anew on top of what somebody pushed meanwhile', async () => {
    await start();
    const { good } = await goodThenBad();
    await test.git.overtake(1);
    await test.run('rollback', { to_commit: good, ...ALICE });
    const subjects = await test.git.repo.git(['log', '--format=%s', '-2', 'main']);
    expect(subjects.trim().split('\n')).toEqual([
      `Roll ${test.repo.name} back to ${good.slice(0, 12)}`,
      'theirs-1',
    ]);
    expect(test.driver.stacks.get(APP)!.live).toBe('good');
  });

  it('of a protected branch is applied and pinned at the earlier commit until its content is merged', async () => {
    await start();
    const { good, bad } = await goodThenBad();
    await test.git.hook('pre-receive', 'echo "Changes must be made through a pull request"; exit 1');
    const task = last(await test.run('rollback', { to_commit: good, stacks: [APP], ...ALICE }));
    expect(task).toMatchObject({ status: 'completed', commit: good });
    expect(test.driver.stacks.get(APP)!.live).toBe('good');
    expect(await test.head()).toBe(bad);
    expect(await pins()).toMatchObject([
      { name: APP, commit: good, merge: { branch: 'main', paths: [APP] } },
    ]);
    const { store } = test.workers;
    const warnings = (await store.events.list(task.id, 0, 99)).filter(({ kind }) => kind === 'warning');
    const [said] = warnings.map(({ message }) => message);
    expect(said).toContain('Changes must be made through a pull request');
    expect(said).toContain(
      `open a pull request that brings ${APP} back to what it was at ${good.slice(0, 12)}`,
    );
    expect(await codesOf(task)).toContain('branch_protected');
    const [pinned] = await store.audit.newest({ action: 'hold.placed', limit: 1 });
    expect(pinned).toMatchObject({
      actor: 'alice@example.com',
      repo: test.repo.name,
      stackKey: APP,
      environment: 'development',
      taskId: task.id,
      commit: good,
      result: 'ok',
      reason: 'it broke',
      source: 'worker',
      details: { kind: 'pin', scope: 'stack' },
    });
    const records = await store.audit.list({
      repo: test.repo.name,
      action: 'rollback.started',
      afterSeq: 0,
      limit: 9,
    });
    expect(records[0]!.details).toMatchObject({
      pushed: false,
      branch_protected: expect.stringContaining('Branch main is protected') as string,
    });

    await test.git.hook('pre-receive', 'exit 0');
    expect(await codesOf(last(await test.run('sync')))).toContain('pinned');
    await test.push({ [`${APP}/stack`]: 'good' });
    const merged = last(await test.run('sync'));
    expect(await codesOf(merged)).not.toContain('pinned');
    expect(await pins()).toEqual([]);
    const [released] = await store.audit.newest({ action: 'hold.released', limit: 1 });
    expect(released).toMatchObject({ actor: 'plumbline', stackKey: APP, commit: good });
  });
});
