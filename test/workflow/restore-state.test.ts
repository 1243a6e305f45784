import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { decide } from '../../src/temporal/requests.ts';
import type { Backup } from '../../src/domain/attempt.ts';
import { aSigner } from '../support/decisions.ts';
import { anEnvironment } from '../support/environments.ts';
import { startRollbackTest, type RollbackTest } from '../support/rollback-repo.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';

const APP = 'envs/dev/app';
const NET = 'envs/dev/net';
const ALICE = 'alice@example.com';
const signer = aSigner();

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

async function start(required = 0): Promise<void> {
  test = await startRollbackTest(temporal, {
    environments: [anEnvironment('development', { approvals: { required } })],
    overrides: { verifySigned: signer.verify },
  });
}

/** The newest backup of a stack. */
async function backupOf(key: string): Promise<Backup> {
  const [newest] = await test.workers.store.attempts.backups(test.repo.name, key, 9);
  return newest!;
}

/** Two applies, so that the state before the second is saved. */
async function appliedTwice(): Promise<void> {
  await test.push({ [`${APP}/stack`]: 'one', [`${NET}/stack`]: 'one' });
  await test.run('sync');
  await test.push({ [`${APP}/stack`]: 'two', [`${NET}/stack`]: 'two' });
  await test.run('sync');
}

describe('a rollback to a saved state', { timeout: 120_000 }, () => {
  it('that differs from what is live says so, keeps the plan, and pins the stack', async () => {
    await start();
    await appliedTwice();
    const backup = await backupOf(APP);
    const tasks = await test.run('rollback', { to_backup: backup.id, stacks: [APP], actor: ALICE });
    const [rollback, looked] = tasks.slice(-2);
    expect(rollback).toMatchObject({ kind: 'rollback', status: 'completed' });
    expect(test.driver.stacks.get(APP)).toMatchObject({ state: 'one', live: 'two', serial: 3 });
    const { store } = test.workers;
    const [verdict] = Object.values(await store.verdicts.listByTask(rollback!.id));
    expect(verdict).toMatchObject({ kind: 'apply', reasons: [{ code: 'restored_differs' }, {}] });
    expect(verdict!.reasons[0]!.message).toContain('it differs: review needed');
    const [attempt] = await store.attempts.list({ repo: test.repo.name, stackKey: APP, limit: 1 });
    expect(attempt).toMatchObject({ kind: 'rollback', status: 'applied', error: null });
    const emergency = await backupOf(APP);
    expect(emergency).toMatchObject({ id: attempt!.backupId, serial: 2, attemptId: attempt!.id });
    expect(looked).toMatchObject({ kind: 'sync', trigger: 'rollback', status: 'completed' });
    expect(await store.plans.latest(test.repo.name, APP)).toMatchObject({
      jobId: `${test.repo.name}:${APP}:${looked!.id.split(':')[1]}`,
      status: 'drifted',
    });
    expect(await store.holds.active()).toMatchObject([
      { kind: 'pin', scope: 'stack', name: APP, commit: null },
    ]);
    const later = (await test.run('sync', { actor: ALICE })).at(-1)!;
    const verdicts = Object.values(await store.verdicts.listByTask(later.id));
    expect(verdicts.flatMap(({ reasons }) => reasons.map(({ code }) => code))).toContain('pinned');
    expect(test.driver.stacks.get(APP)).toMatchObject({ state: 'one', live: 'two' });
    const query = { repo: test.repo.name, stackKey: APP, afterSeq: 0, limit: 99 };
    const actions = (await store.audit.list(query)).map(({ action, result }) => `${action} ${result}`);
    expect(actions.filter((action) => action.startsWith('rollback'))).toEqual([
      'rollback.started ok',
      'rollback.ended ok',
    ]);
  });

  it('that fits what is live and in Git finds no drift', async () => {
    await start();
    await appliedTwice();
    const backup = await backupOf(APP);
    const stack = test.driver.stacks.get(APP)!;
    // Somebody damaged the state; live is still what the saved one says.
    test.driver.stacks.set(APP, { ...stack, live: 'one', state: 'damaged' });
    const input = { to_backup: backup.id, stacks: [APP], commit: backup.commit };
    const good = await test.push({ [`${APP}/stack`]: 'one' });
    const tasks = await test.run('rollback', { ...input, commit: good });
    const [verdict] = Object.values(await test.workers.store.verdicts.listByTask(tasks.at(-2)!.id));
    expect(verdict!.reasons[0]).toMatchObject({
      code: 'restored',
      message: `The state was returned to ${backup.id}: no drift.`,
    });
    expect((await test.workers.store.stacks.get(test.repo.name, APP))?.status).toBe('in_sync');
  });

  it('waits for people where the policy wants them, who agree with exactly that return', async () => {
    await start(1);
    await test.push({ [`${APP}/stack`]: 'one' });
    const approve = async () => {
      const approval = (await test.workers.store.approvals.latest(test.repo.name, APP))!;
      const message = signer.decision(approval, 'bob@example.com');
      const target = { client: temporal.client, taskQueue: test.workers.taskQueue };
      await decide(target, { repo: test.repo.name, key: APP, verb: 'approve', message });
      await waitFor('its use', async () => {
        return (await test.workers.store.approvals.get(approval.id))?.status === 'used';
      });
      await test.settled();
      return approval;
    };
    await test.run('sync', { actor: ALICE });
    await approve();
    await test.push({ [`${APP}/stack`]: 'two' });
    await test.run('sync', { actor: ALICE });
    await approve();
    const backup = await backupOf(APP);
    const tasks = await test.run('rollback', { to_backup: backup.id, stacks: [APP], actor: ALICE });
    expect(tasks.at(-1)).toMatchObject({ kind: 'rollback', status: 'awaiting_approval' });
    expect(test.driver.stacks.get(APP)!.state).toBe('two');
    expect((await test.workers.store.stacks.get(test.repo.name, APP))?.status).toBe('in_sync');
    const approval = await approve();
    expect(approval).toMatchObject({ severity: 'critical', actions: { update: 1 } });
    expect(test.driver.stacks.get(APP)!.state).toBe('one');
    const [attempt] = await test.workers.store.attempts.list({ repo: test.repo.name, limit: 1 });
    expect(attempt).toMatchObject({ kind: 'rollback', rule: 'approval', approvalId: approval.id });
    // The pin of this return is in nobody's way who undoes it.
    const undo = { to_backup: (await backupOf(APP)).id, stacks: [APP], actor: ALICE };
    expect((await test.run('rollback', undo)).at(-1)).toMatchObject({ status: 'awaiting_approval' });
    await approve();
    expect(test.driver.stacks.get(APP)!.state).toBe('two');
  });

  it('that is missing, another stack’s, or of something else changes nothing', async () => {
    await start();
    await appliedTwice();
    const { store } = test.workers;
    const attempts = (await store.attempts.list({ repo: test.repo.name, limit: 99 })).length;
    const own = await backupOf(APP);
    const asked = [
      [{ to_backup: 'backup-of-nothing', stacks: [APP] }, 'backup_not_found'],
      [{ to_backup: (await backupOf(NET)).id, stacks: [APP] }, 'backup_foreign'],
      [{ to_backup: own.id, stacks: [APP, NET] }, 'rollback_refused'],
      [{}, 'rollback_refused'],
    ] as const;
    for (const [input, code] of asked) {
      expect((await test.run('rollback', input)).at(-1)).toMatchObject({ status: 'failed', error: { code } });
    }
    test.driver.stacks.get(APP)!.lineage = 'another';
    const task = (await test.run('rollback', { to_backup: own.id, stacks: [APP] })).at(-1)!;
    expect(task).toMatchObject({ status: 'failed', counts: { failed: 1 } });
    expect(test.driver.stacks.get(APP)!.state).toBe('two');
    expect(await store.attempts.list({ repo: test.repo.name, limit: 99 })).toHaveLength(attempts);
    expect(await store.holds.active()).toEqual([]);
  });

  it('planned as a dry run changes nothing, and says what it would be', async () => {
    await start();
    await appliedTwice();
    const backup = await backupOf(APP);
    const tasks = await test.run('rollback', { to_backup: backup.id, stacks: [APP], dry_run: true });
    expect(tasks.at(-1)).toMatchObject({ kind: 'rollback', status: 'completed' });
    const [plan] = await test.workers.store.plans.listByTask(tasks.at(-1)!.id);
    expect(plan).toMatchObject({
      restores: backup.id,
      changes: [{ address: 'state', severity: 'critical' }],
    });
    expect(test.driver.stacks.get(APP)!.state).toBe('two');
    expect(await test.workers.store.holds.active()).toEqual([]);
  });
});
