import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processIo, type Io } from '../../src/cli/io.ts';
import { createProgram } from '../../src/cli/program.ts';
import type { UnlockStackResult } from '../../src/workflows/inputs.ts';
import { apiFixture, type ApiFixture } from '../support/api-app.ts';
import { aStack, finishTask, storeTask } from '../support/api-data.ts';
import { waitFor } from '../support/wait-for.ts';
import { aBackup, anAttempt } from './store-control-builders.ts';

const KEY = 'terraform/environments/prod';
const OTHER = 'terraform/environments/dev';

let api: ApiFixture;
let url: string;
const printed: string[] = [];
const noted: string[] = [];

beforeEach(async () => {
  api = await apiFixture();
  url = await api.app.listen({ host: '127.0.0.1', port: 0 });
  const { id, jobs } = await storeTask(
    api.store,
    'my-infra',
    [KEY, OTHER].map((path) => aStack(path)),
  );
  await finishTask(api.store, id);
  for (const [index, key] of [KEY, OTHER].entries()) await saveState(jobs[index]!, key);
  printed.length = 0;
  noted.length = 0;
});
afterEach(() => api.close());

/** An apply that saved the state before, as `backup-<key>`. */
async function saveState(
  jobId: string,
  stackKey: string,
  { name = stackKey, ...more }: { name?: string; startedAt?: string } = {},
): Promise<void> {
  const { attempts } = api.store;
  const about = { id: `attempt-${name}`, jobId, stackKey, taskId: 't', ...more };
  const { id, fence } = await attempts.begin(anAttempt(about), {});
  await attempts.setBackup(
    id,
    fence,
    aBackup({ id: `backup-${name}`, jobId, stackKey, attemptId: id, serial: 9 }),
  );
  await attempts.end(id, { status: 'applied', summary: '', error: null }, new Date().toISOString());
}

const run = (...args: string[]) => {
  const io: Io = {
    ...processIo(),
    env: { PLUMBLINE_URL: url },
    out: (text) => void printed.push(text),
    note: (text) => void noted.push(text),
    progress: () => undefined,
    progressDone: () => undefined,
  };
  return createProgram(io).parseAsync(args, { from: 'user' });
};
const requests = () =>
  api.temporal.requested.map(
    ({ request: { task_id: _id, actor: _actor, trigger: _trigger, ...rest } }) => rest,
  );

describe('the rollback of a state, as the requirements have it', () => {
  it('lists the saved states', async () => {
    await run('backups', 'my-infra', KEY, '--format', 'json');
    expect(JSON.parse(printed[0]!)).toMatchObject({
      backups: [{ id: `backup-${KEY}`, serial: 9, stack: KEY }],
    });
  });

  it('asks for the return to one of them', async () => {
    await run('rollback', 'my-infra', KEY, '--to-state', `backup-${KEY}`, '--reason', 'a bad apply');
    expect(requests()).toEqual([
      { kind: 'rollback', stacks: [KEY], to_backup: `backup-${KEY}`, reason: 'a bad apply' },
    ]);
  });

  it('asks for what a task has left, by the state that was saved before the next apply', async () => {
    const { attempts } = api.store;
    const asked = async (task: string) => run('rollback', 'my-infra', KEY, '--to-task', task);
    await expect(asked('my-infra:7')).rejects.toMatchObject({ code: 'task_not_found' });
    const startedAtMs = Date.now() + 1_000;
    const { id: task, jobs } = await storeTask(api.store, 'my-infra', [aStack(KEY)], { startedAtMs });
    await finishTask(api.store, task);
    await expect(asked(task)).rejects.toMatchObject({ code: 'task_applied_nothing' });
    const at = (minutes: number) => new Date(startedAtMs + minutes * 60_000).toISOString();
    const about = { id: 'attempt-of-task', jobId: jobs[0]!, stackKey: KEY, taskId: task, startedAt: at(0) };
    await attempts.begin(anAttempt(about), {});
    await attempts.end(about.id, { status: 'applied', summary: '', error: null }, at(1));
    await expect(asked(task)).rejects.toMatchObject({ code: 'state_is_present' });
    await saveState(jobs[0]!, KEY, { name: 'next', startedAt: at(2) });
    await saveState(jobs[0]!, KEY, { name: 'last', startedAt: at(3) });
    await asked(task);
    expect(requests()).toEqual([{ kind: 'rollback', stacks: [KEY], to_backup: 'backup-next' }]);
  });

  it.each([
    [['--deployment', 'web'], 'rollout:deployment//web@previous'],
    [['--statefulset', 'db', '-n', 'data', '--to-revision', '3'], 'rollout:statefulset/data/db@3'],
    [['--daemonset', 'log', '--to-revision', '1'], 'rollout:daemonset//log@1'],
  ])('asks for a workload with %j, and follows it to the end', async (args, reference) => {
    const running = run('rollback', 'my-infra', KEY, ...args);
    const id = await waitFor('the task', async () => {
      const [task] = await api.store.tasks.list({ repo: 'my-infra', limit: 1 });
      return task?.kind === 'rollback' ? task.id : undefined;
    });
    const error = { code: 'applies_failed', message: 'Manual intervention required.' };
    await api.store.tasks.finish(id, { status: 'failed', error }, new Date().toISOString());
    await running;
    expect(process.exitCode).toBe(1);
    process.exitCode = undefined;
    expect(requests()).toEqual([{ kind: 'rollback', stacks: [KEY], to_backup: reference }]);
    expect(noted.join('\n')).toContain('Manual intervention required');
  });

  it.each([
    [[], 'Say where to'],
    [['--deployment', 'web', '--to-state', 'x'], 'in one way'],
    [['--to-state', 'x', '--to-revision', '3'], 'name it'],
    [['--deployment', 'web', '--to-revision', '0'], 'whole number'],
  ])('refuses %j, and says what is missing', async (args, part) => {
    await expect(run('rollback', 'my-infra', KEY, ...args)).rejects.toThrow(part);
    expect(requests()).toEqual([]);
  });

  it.each([
    ['backup-of-nothing', 'backup_not_found', 404],
    [`backup-${OTHER}`, 'backup_foreign', 409],
  ])('refuses %s at once as %s, with nothing changed', async (backup, code, status) => {
    const asked = run('rollback', 'my-infra', KEY, '--to-state', backup);
    await expect(asked).rejects.toMatchObject({ code, details: { status } });
    expect(requests()).toEqual([]);
    expect((await api.store.tasks.list({ repo: 'my-infra', limit: 9 })).map(({ kind }) => kind)).toEqual([
      'scan',
    ]);
  });
});

describe('plumbline unlock', () => {
  const left: UnlockStackResult = {
    lock: { id: 'l-1', who: 'plumbline@build-1', operation: 'OperationTypeApply', created: 'yesterday' },
    attempt: { id: 'attempt-7', status: 'partial', host: 'build-1', pid: 77, started_at: 'yesterday' },
    releasable: true,
    released: false,
    why: 'The state lock was left by attempt attempt-7 (process 77 of build-1), which is dead.',
  };

  it('shows whose lock it is, and releases nothing', async () => {
    api.temporal.onUnlock = () => left;
    await run('unlock', 'my-infra', KEY);
    const said = noted.join('\n');
    expect(said).toContain('State lock l-1: OperationTypeApply by plumbline@build-1 since yesterday');
    expect(said).toContain('attempt-7 (process 77 of build-1)');
    expect(said).toContain('--yes');
    expect(api.temporal.unlocked.map(({ release }) => release)).toEqual([undefined]);
  });

  it('releases with --yes the very lock that it has shown', async () => {
    api.temporal.onUnlock = ({ release = false }) => ({ ...left, released: release });
    await run('unlock', 'my-infra', KEY, '--yes', '--reason', 'killed');
    expect(api.temporal.unlocked.at(-1)).toMatchObject({ release: true, lock_id: 'l-1', reason: 'killed' });
  });

  it('refuses with --yes what somebody else holds', async () => {
    const why = 'The state is locked by alice@laptop.';
    api.temporal.onUnlock = () => ({ ...left, attempt: null, releasable: false, why });
    await expect(run('unlock', 'my-infra', KEY, '--yes')).rejects.toMatchObject({ code: 'lock_in_use' });
    expect(api.temporal.unlocked).toHaveLength(1);
  });

  it('says why a worker could not look', async () => {
    api.temporal.down = true;
    await run('unlock', 'my-infra', KEY);
    expect(noted.join('\n')).toContain('The lock of the state could not be looked at');
  });
});
