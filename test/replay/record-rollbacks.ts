import { anEnvironment } from '../support/environments.ts';
import { startRollbackTest, type RollbackTest } from '../support/rollback-repo.ts';
import type { TestTemporal } from '../support/temporal.ts';
import { save } from './recorder.ts';

const APP = 'envs/dev/app';
const NET = 'envs/dev/net';
const ALICE = { actor: 'alice@example.com', reason: 'it broke' };

/** Rollbacks of an environment to a commit, of a stack to a saved state, of a workload to its revision, and to a state that is not there. */
export async function recordRollbacks(on: TestTemporal): Promise<void> {
  await rolledBack(on, 'rollback-commit', async (_test, good) => ({ to_commit: good, environment: 'dev' }));
  await rolledBack(on, 'rollback-state', async ({ workers, repo }) => {
    const [newest] = await workers.store.attempts.backups(repo.name, APP, 1);
    return { to_backup: newest!.id, stacks: [APP] };
  });
  const undo = { to_backup: 'rollout:deployment//app@previous', stacks: [APP] };
  await rolledBack(on, 'rollback-rollout', async () => undo);
  await rolledBack(on, 'rollback-refused', async () => ({ to_backup: 'backup-of-nothing', stacks: [APP] }));
}

/** One good commit that was live, a bad one after it, and then the rollback. */
async function rolledBack(
  on: TestTemporal,
  name: string,
  wanted: (test: RollbackTest, good: string) => Promise<Record<string, unknown>>,
): Promise<void> {
  const environments = [anEnvironment('development', { approvals: { required: 0 } })];
  const test = await startRollbackTest(on, { environments });
  try {
    const good = await test.push({ [`${APP}/stack`]: 'good', [`${NET}/stack`]: 'good' });
    await test.run('sync');
    await test.push({ [`${APP}/stack`]: 'bad', [`${NET}/stack`]: 'bad' });
    await test.run('sync');
    const tasks = await test.run('rollback', { ...(await wanted(test, good)), ...ALICE });
    const rollback = tasks.find(({ kind }) => kind === 'rollback')!;
    await save(on, name, `repo/${test.repo.name}`, rollback.runId);
  } finally {
    await test.stop();
  }
}
