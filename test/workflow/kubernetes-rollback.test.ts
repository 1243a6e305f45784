import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { decide } from '../../src/temporal/requests.ts';
import { aSigner } from '../support/decisions.ts';
import { anEnvironment } from '../support/environments.ts';
import { startKubernetesRollbackTest, type KubernetesRollbackTest } from '../support/kubernetes-rollback.ts';
import type { RollbackOptions } from '../support/rollback-repo.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { waitFor } from '../support/wait-for.ts';

const APP = 'envs/dev/app';
const FILE = `${APP}/web.yaml`;
const OTHER = `${APP}/settings.yaml`;
const ALICE = 'alice@example.com';
const UNDO = { to_backup: 'rollout:deployment//web@previous', stacks: [APP], actor: ALICE };
const signer = aSigner();

/** No nodes are there to run a pod: without replicas a rollout is over as soon as its controller has seen it. */
const web = (image: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 0
  progressDeadlineSeconds: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: web, image: "registry.example.com/web:${image}" }]
`;
const settings = (color: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { color: ${color} }\n`;

let temporal: TestTemporal;
let test: KubernetesRollbackTest;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});
afterEach(async () => {
  await test.stop();
});

async function start(required = 0, more: Partial<RollbackOptions> = {}): Promise<void> {
  test = await startKubernetesRollbackTest(temporal, {
    environments: [anEnvironment('development', { approvals: { required } })],
    overrides: { verifySigned: signer.verify },
    ...more,
  });
}

const image = async () =>
  (
    await test.kubectl('get', 'deployment/web', '-o', 'jsonpath={.spec.template.spec.containers[0].image}')
  ).split(':')[1];
const inGit = async (file: string) => await test.git.repo.git(['show', `main:${file}`]);

/** Two versions, one after the other, each kept by the cluster. */
async function appliedTwice(): Promise<string> {
  const good = await test.push({ [FILE]: web('1'), [OTHER]: settings('red') });
  await test.run('sync');
  await waitFor('the first revision is kept', async () =>
    (await test.kubectl('get', 'replicasets', '-o', 'name')).includes('/'),
  );
  await test.push({ [FILE]: web('2'), [OTHER]: settings('blue') });
  await test.run('sync');
  await waitFor('the second revision is kept', async () =>
    (await test.kubectl('get', 'replicasets', '-o', 'name')).trim().includes('\n'),
  );
  expect(await image()).toBe('2');
  return good;
}

describe('the rollback of a Deployment to its previous revision', { timeout: 180_000 }, () => {
  it('is made live, then in Git for its file alone, and nothing brings it forward again', async () => {
    await start();
    await appliedTwice();
    const before = await test.head();
    const tasks = await test.run('rollback', UNDO);
    const [rollback, looked] = tasks.slice(-2);
    expect(rollback).toMatchObject({ kind: 'rollback', status: 'completed' });
    expect(await image()).toBe('1');
    expect(await inGit(FILE)).toBe(web('1'));
    expect(await inGit(OTHER)).toBe(settings('blue'));
    const log = await test.git.repo.git(['log', '--format=%an <%ae>|%s|%P', `${before}..main`]);
    expect(log.trim()).toMatch(/^.*<alice@example.com>\|Roll deployment web back to its previous revision\|/);
    expect(log.trim().endsWith(before)).toBe(true);

    const { store } = test.workers;
    expect(looked).toMatchObject({ kind: 'sync', trigger: 'rollback', status: 'completed' });
    expect(await store.plans.latest(test.repo.name, APP)).toMatchObject({ status: 'in_sync' });
    expect(await store.holds.active()).toMatchObject([
      { kind: 'pin', scope: 'stack', name: APP, commit: await test.head() },
    ]);
    const [attempt] = await store.attempts.list({ repo: test.repo.name, stackKey: APP, limit: 1 });
    expect(attempt).toMatchObject({ kind: 'rollback', status: 'applied', error: null });
    expect((await store.attempts.backups(test.repo.name, APP, 1))[0]).toMatchObject({
      id: attempt!.backupId,
    });
    const audit = await store.audit.list({ repo: test.repo.name, stackKey: APP, afterSeq: 0, limit: 99 });
    expect(audit.filter(({ action }) => action.startsWith('rollback.')).map(({ action }) => action)).toEqual([
      'rollback.started',
      'rollback.reverted',
      'rollback.ended',
    ]);
    await test.push({ [FILE]: web('3') });
    await test.run('sync', { actor: ALICE });
    expect(await image()).toBe('1');
  });

  it('waits for people where the policy wants them, and for exactly this plan', async () => {
    await start(1);
    await test.push({ [FILE]: web('1') });
    const approve = async () => {
      const approval = await waitFor('an approval waits', async () => {
        const found = await test.workers.store.approvals.latest(test.repo.name, APP);
        return found?.status === 'waiting' ? found : undefined;
      });
      const message = signer.decision(approval, 'bob@example.com');
      const about = { client: temporal.client, taskQueue: test.workers.taskQueue };
      await decide(about, { repo: test.repo.name, key: APP, verb: 'approve', message });
      await test.settled();
    };
    await test.run('sync', { actor: ALICE });
    await approve();
    await waitFor('the first is applied', async () => (await image().catch(() => '')) === '1');
    await test.push({ [FILE]: web('2') });
    await test.settled();
    await test.run('sync', { actor: ALICE });
    await approve();
    await waitFor('the second is applied', async () => (await image()) === '2');
    await waitFor('the second revision is kept', async () =>
      (await test.kubectl('get', 'replicasets', '-o', 'name')).trim().includes('\n'),
    );
    await test.settled();
    const head = await test.head();
    const asked = (await test.run('rollback', UNDO)).at(-1);
    expect(asked).toMatchObject({ kind: 'rollback', status: 'awaiting_approval' });
    expect([await image(), await test.head()]).toEqual(['2', head]);
    await approve();
    await waitFor('Git is back at it', async () => (await inGit(FILE)) === web('1'));
    await test.settled();
    expect(await image()).toBe('1');
  });

  it('is not begun where Git would go back for another stack, too, which it names', async () => {
    await start();
    const overlay = (more = '') => `resources: [../../../base]\n${more}`;
    const files = (version: string) => ({
      [`${APP}/kustomization.yaml`]: overlay(),
      'envs/dev/other/kustomization.yaml': overlay('nameSuffix: -other\n'),
      'base/kustomization.yaml': 'resources: [web.yaml]\n',
      'base/web.yaml': web(version),
    });
    for (const version of ['1', '2']) {
      await test.push(files(version));
      await test.run('sync');
      const count = Number(version) * 2;
      await waitFor('the revisions are kept', async () => {
        const names = await test.kubectl('get', 'replicasets', '-o', 'name');
        return names.trim().split('\n').length === count;
      });
    }
    const head = await test.head();
    const task = (await test.run('rollback', UNDO)).at(-1);
    expect(task).toMatchObject({ kind: 'rollback', status: 'failed' });
    const [job] = await test.workers.store.jobs.listByTask(task!.id, { afterOrdinal: -1, limit: 1 });
    expect(job!.error).toMatchObject({ code: 'rollback_shared' });
    expect(job!.error!.message).toMatch(/base\/web\.yaml would be brought back .* and envs\/dev\/other read/);
    expect([await image(), await test.head(), await test.workers.store.holds.active()]).toEqual([
      '2',
      head,
      [],
    ]);
  });

  it('goes back in Git only to a commit that is on record as applied', async () => {
    await start();
    const unapplied = await test.push({ [FILE]: web('0') });
    await appliedTwice();
    const head = await test.head();
    const sets = await test.kubectl('get', 'replicasets', '-o', 'name');
    for (const set of sets.trim().split('\n'))
      await test.kubectl('annotate', set, `plumbline.dev/commit=${unapplied}`, '--overwrite');
    await test.run('rollback', UNDO);
    const [attempt] = await test.workers.store.attempts.list({
      repo: test.repo.name,
      stackKey: APP,
      limit: 1,
    });
    expect(attempt).toMatchObject({ status: 'applied', error: { code: 'revision_commit_unknown' } });
    expect([await image(), await test.head()]).toEqual(['1', head]);
  });

  it('that does not become available fails, changes nothing in Git, and calls for people', async () => {
    await start();
    await appliedTwice();
    const head = await test.head();
    await test.kubectl('scale', 'deployment/web', '--replicas=1');
    const task = (await test.run('rollback', UNDO)).findLast(({ kind }) => kind === 'rollback');
    expect(task).toMatchObject({ status: 'failed' });
    const [attempt] = await test.workers.store.attempts.list({
      repo: test.repo.name,
      stackKey: APP,
      limit: 1,
    });
    expect(attempt).toMatchObject({ status: 'partial', error: { code: 'rollout_failed' } });
    expect(attempt!.summary).toContain('Manual intervention required');
    expect(await test.head()).toBe(head);
    expect(await test.workers.store.holds.active()).toMatchObject([{ kind: 'pin', name: APP, commit: null }]);
  });

  it('says what has to be merged where the branch is protected', async () => {
    await start();
    const good = await appliedTwice();
    const head = await test.head();
    await test.git.hook('pre-receive', 'echo "main is protected" >&2; exit 1');
    const task = (await test.run('rollback', UNDO)).findLast(({ kind }) => kind === 'rollback');
    expect(task).toMatchObject({ status: 'completed' });
    expect([await image(), await test.head()]).toEqual(['1', head]);
    const [pin] = await test.workers.store.holds.active();
    expect(pin).toMatchObject({ commit: good, merge: { paths: [FILE] } });
    const [attempt] = await test.workers.store.attempts.list({
      repo: test.repo.name,
      stackKey: APP,
      limit: 1,
    });
    expect(attempt!.summary).toContain('somebody has to open a pull request');
  });
});

describe('the return of a whole stack to what was there before an apply', { timeout: 180_000 }, () => {
  it('is made by the saved objects, pinned, and shown as differing from Git', async () => {
    await start();
    await appliedTwice();
    const { store } = test.workers;
    const [backup] = await store.attempts.backups(test.repo.name, APP, 1);
    const head = await test.head();
    const tasks = await test.run('rollback', { to_backup: backup!.id, stacks: [APP], actor: ALICE });
    expect(tasks.findLast(({ kind }) => kind === 'rollback')).toMatchObject({ status: 'completed' });
    expect(await image()).toBe('1');
    expect(await test.kubectl('get', 'configmap/settings', '-o', 'jsonpath={.data.color}')).toBe('red');
    expect(await test.head()).toBe(head);
    expect(await store.plans.latest(test.repo.name, APP)).toMatchObject({ status: 'pending' });
    expect(await store.holds.active()).toMatchObject([{ kind: 'pin', name: APP, commit: null }]);
    const [attempt] = await store.attempts.list({ repo: test.repo.name, stackKey: APP, limit: 1 });
    expect(attempt).toMatchObject({ kind: 'rollback', status: 'applied', error: null });
    expect(attempt!.summary).toMatch(/it differs: review needed/);
    expect(attempt!.summary).not.toContain('serial');
  });
});
