import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { terraformDriver } from '../../src/drivers/terraform/index.ts';
import { toolEnv } from '../../src/util/exec-env.ts';
import { anEnvironment } from '../support/environments.ts';
import { startRollbackTest, type RollbackOptions, type RollbackTest } from '../support/rollback-repo.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { toolsOnPath } from '../support/terraform.ts';

const APP = 'envs/dev/app';
const STACK = `${APP}/stack`;
/** Notes where it runs, and finds that what was applied is good, or says that it is not. */
const CHECK = `echo "check $(pwd)" >> "$1"
grep -q good stack && exit 0
echo "the health page answers 500" >&2
exit 3
`;

let temporal: TestTemporal;
let folder: string;
let notes: string;
let test: RollbackTest | undefined;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-validate-'));
  notes = join(folder, 'notes');
});
afterEach(async () => {
  await test?.stop();
  test = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function start(
  validate: string[],
  more: { autoRollback?: boolean; timeoutMs?: number; real?: RollbackOptions['real'] } = {},
) {
  const { autoRollback = true, timeoutMs = 60_000, real } = more;
  const policy = { approvals: { required: 0 }, autoRollback, validate };
  test = await startRollbackTest(temporal, {
    environments: [anEnvironment('development', policy)],
    ...(real === undefined ? {} : { real }),
    rules: { onApply: () => appendFile(notes, 'apply\n') },
    settings: { scan: { timeoutMs, graceMs: 500, env: {}, varFiles: [] } },
    overrides: { toolEnv: toolEnv(process.env) },
  });
  return test;
}

const checking = () => ['sh', 'check.sh', notes];
const noted = async () => (await readFile(notes, 'utf8')).trim().split('\n');
const kinds = (tasks: readonly { kind: string; trigger: string; status: string }[]) =>
  tasks.map(({ kind, trigger, status }) => `${kind} ${trigger} ${status}`);

async function lastAttempt({ workers, repo }: RollbackTest) {
  const [attempt] = await workers.store.attempts.list({ repo: repo.name, limit: 1 });
  return attempt!;
}

describe('the command of policy.validate', () => {
  it('runs after the apply, in the stack’s folder, and lets what it finds right be synced', async () => {
    const on = await start(checking());
    const commit = await on.push({ [STACK]: 'good', [`${APP}/check.sh`]: CHECK });
    expect(kinds(await on.run('sync'))).toEqual(['sync manual completed']);
    expect(await noted()).toEqual(['apply', expect.stringMatching(new RegExp(`^check /.*/${APP}$`))]);
    expect(await lastAttempt(on)).toMatchObject({ status: 'applied', error: null });
    expect(await on.workers.store.syncs.get(on.repo.name, APP)).toMatchObject({ commit });
    // What needs no apply is not validated again.
    await on.run('sync');
    expect(await noted()).toHaveLength(2);
  });

  it('that fails is a failed verification: rolled back, and the way back is validated as well', async () => {
    const on = await start(checking());
    const good = await on.push({ [STACK]: 'good', [`${APP}/check.sh`]: CHECK });
    await on.run('sync');
    const broken = await on.push({ [STACK]: 'broken' });
    expect(kinds(await on.run('sync')).slice(1)).toEqual([
      'sync manual failed',
      'rollback auto-rollback completed',
    ]);
    expect(on.driver.applied).toEqual([`${APP}: good`, `${APP}: broken`, `${APP}: good`]);
    const steps = (await noted()).map((line) => line.split(' ')[0]);
    expect(steps).toEqual(['apply', 'check', 'apply', 'check', 'apply', 'check']);
    const [back, failed] = await on.workers.store.attempts.list({ repo: on.repo.name, limit: 2 });
    expect(failed).toMatchObject({ commit: broken, error: { code: 'validation_failed' } });
    expect(failed!.error!.message).toContain('the health page answers 500');
    expect(failed!.summary).toContain(`It is rolled back to ${good.slice(0, 12)}.`);
    expect(back).toMatchObject({ kind: 'rollback', status: 'applied', error: null });
    expect(await on.workers.store.syncs.get(on.repo.name, APP)).toMatchObject({ commit: await on.head() });
  });

  it('that fails leaves the rollback to people where the policy does', async () => {
    const on = await start(checking(), { autoRollback: false });
    const good = await on.push({ [STACK]: 'good', [`${APP}/check.sh`]: CHECK });
    await on.run('sync');
    await on.push({ [STACK]: 'broken' });
    expect(kinds(await on.run('sync')).slice(1)).toEqual(['sync manual failed']);
    expect((await lastAttempt(on)).summary).toContain('The policy leaves its rollback to people.');
    // It counts as synced only once it was found right.
    expect(await on.workers.store.syncs.get(on.repo.name, APP)).toMatchObject({ commit: good });
  });

  it.each([
    ['is not there', ['no-such-command'], 'no-such-command'],
    ['does not end in time', ['sh', '-c', 'echo waiting; exec sleep 600'], 'its time limit'],
  ])('that %s has failed', async (_, command, named) => {
    const on = await start(command, { timeoutMs: 2_000 });
    await on.push({ [STACK]: 'good' });
    expect(kinds(await on.run('sync'))).toEqual(['sync manual failed']);
    const { status, error, summary } = await lastAttempt(on);
    expect([status, error?.code]).toEqual(['applied', 'validation_failed']);
    expect(error?.message).toContain(named);
    expect(summary).toContain('No other commit is known to have been right');
  });
});

describe('the command of policy.validate, after Terraform', () => {
  const real = { driver: terraformDriver, tools: toolsOnPath };
  const stateFile = () => join(folder, 'terraform.tfstate');
  const stack = (health: string) => ({
    [`${APP}/main.tf`]:
      `terraform {\n  backend "local" {\n    path = "${stateFile()}"\n  }\n}\n` +
      `resource "terraform_data" "app" {\n  input = "health ${health}"\n}\n`,
    [`${APP}/check.sh`]: 'grep -q "health 200" "$1" || { grep -o "health [0-9]*" "$1" >&2; exit 3; }\n',
  });
  const live = async () => /health \d+/.exec(await readFile(stateFile(), 'utf8'))?.[0];

  it.each([
    ['is rolled back where the policy says so', true, 'health 200'],
    ['stays unverified where the policy leaves that to people', false, 'health 500'],
  ])('what it finds wrong %s', { timeout: 120_000 }, async (_, autoRollback, left) => {
    const on = await start(['sh', 'check.sh', stateFile()], { autoRollback, real });
    const good = await on.push(stack('200'));
    expect(kinds(await on.run('sync'))).toEqual(['sync manual completed']);
    const broken = await on.push(stack('500'));
    const back = autoRollback ? ['rollback auto-rollback completed'] : [];
    expect(kinds(await on.run('sync')).slice(1)).toEqual(['sync manual failed', ...back]);
    expect(await live()).toBe(left);
    const { store } = on.workers;
    const attempts = await store.attempts.list({ repo: on.repo.name, limit: 9 });
    const failed = attempts.find(({ commit }) => commit === broken);
    expect(failed).toMatchObject({ status: 'applied', error: { code: 'validation_failed' } });
    expect(failed!.error!.message).toContain('health 500');
    expect(attempts).toHaveLength(autoRollback ? 3 : 2);
    const commit = autoRollback ? await on.head() : good;
    expect(await store.syncs.get(on.repo.name, APP)).toMatchObject({ commit });
  });
});
