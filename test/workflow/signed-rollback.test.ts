import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { anEnvironment } from '../support/environments.ts';
import { createSshKey } from '../support/git-work.ts';
import { startRollbackTest, type RollbackTest } from '../support/rollback-repo.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';

const APP = 'envs/dev/app';
const FILE = `${APP}/stack`;
let folder: string;
let temporal: TestTemporal;
let test: RollbackTest;
let ownKey: { path: string; publicKey: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-keys-'));
  temporal = await startTestTemporal();
  ownKey = await createSshKey(folder, 'plumbline');
  const people = await createSshKey(folder, 'alice');
  const allowedSigners = join(folder, 'allowed_signers');
  const lines = [`plumbline@example.com ${ownKey.publicKey}`, `alice@example.com ${people.publicKey}`];
  await writeFile(allowedSigners, `${lines.join('\n')}\n`);
  const policy = { approvals: { required: 0 }, requireSignedCommits: true };
  test = await startRollbackTest(temporal, {
    environments: [anEnvironment('development', policy)],
    commits: { signing: { format: 'ssh', key: ownKey.path }, allowedSigners },
  });
});
afterAll(async () => {
  await test.stop();
  await temporal.stop();
  await rm(folder, { recursive: true, force: true });
});

async function signed(text: string): Promise<string> {
  const sha = await test.git.work.commit({ [FILE]: text }, { sshKey: join(folder, 'alice') });
  await test.git.work.push();
  return sha;
}

it(
  'a rollback is signed, and so may be applied where only signed commits are',
  { timeout: 120_000 },
  async () => {
    const good = await signed('good');
    await test.run('sync');
    await signed('bad');
    await test.run('sync');
    expect(test.driver.stacks.get(APP)!.live).toBe('bad');
    const tasks = await test.run('rollback', { to_commit: good, actor: 'alice@example.com' });
    expect(tasks.at(-1)).toMatchObject({ status: 'completed' });
    expect(test.driver.stacks.get(APP)!.live).toBe('good');
    const raw = await test.git.repo.git(['cat-file', 'commit', 'main']);
    expect(raw).toContain('-----BEGIN SSH SIGNATURE-----');
  },
);

it('a commit that nobody signed is blocked, and the reason says so', { timeout: 120_000 }, async () => {
  await test.git.work.git('pull', '--quiet', 'origin', 'main');
  const [pin] = await test.workers.store.holds.active();
  await test.workers.store.holds.release(pin!.id, 'alice@example.com', new Date().toISOString());
  await test.push({ [FILE]: 'unsigned' });
  const task = (await test.run('sync')).at(-1)!;
  const [verdict] = Object.values(await test.workers.store.verdicts.listByTask(task.id));
  expect(verdict).toMatchObject({ kind: 'blocked', reasons: [{ code: 'unsigned_commits' }] });
  expect(test.driver.stacks.get(APP)!.live).toBe('good');
});
