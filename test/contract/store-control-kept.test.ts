import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/domain/eligibility/verdict.ts';
import { verifyAudit } from '../../src/store/audit-check.ts';
import { backupStore } from '../../src/store/backup.ts';
import { restoreStore } from '../../src/store/restore.ts';
import type { Store } from '../../src/store/store.ts';
import { storeBackends } from './store-backends.ts';
import { aDiscoveredTask, aNewTask, minute, planJob } from './store-builders.ts';
import { aBackup, aHold, anApproval, anApproved, anAttempt, anEntry } from './store-control-builders.ts';

const REPO = 'my-infra';
const DAY_MS = 24 * 3_600_000;
const WAIT: Verdict = {
  kind: 'wait',
  reasons: [{ code: 'approval_needed', message: 'two people must agree' }],
  rule: null,
  blockedBy: ['envs/dev'],
};

describe.each(storeBackends())('verdicts, holds, syncs and tasks on $kind', (backend) => {
  beforeAll(backend.start);
  afterAll(backend.stop);
  let store: Store;
  beforeEach(async () => {
    store = await backend.open();
  });

  it('keeps the newest verdict of each job', async () => {
    const { id, jobs } = await aDiscoveredTask(store, ['a', 'b', 'c']);
    await store.verdicts.put(jobs['a']!, { ...WAIT, kind: 'apply', rule: 'policy' });
    await store.verdicts.put(jobs['a']!, WAIT);
    await store.verdicts.put(jobs['c']!, { ...WAIT, kind: 'nothing', blockedBy: [] });
    expect(await store.verdicts.listByTask(id)).toEqual({
      [jobs['a']!]: WAIT,
      [jobs['c']!]: { ...WAIT, kind: 'nothing', blockedBy: [] },
    });
    expect(await store.verdicts.listByTask('nothing')).toEqual({});
    expect(await store.verdicts.get(jobs['a']!)).toEqual(WAIT);
    expect(await store.verdicts.get('nothing')).toBeUndefined();
    const outcome = { status: 'refused', code: 'frozen', message: 'The environment is frozen.' } as const;
    await store.verdicts.note(jobs['a']!, outcome);
    await store.verdicts.note('nothing', outcome);
    expect((await store.verdicts.listByTask(id))[jobs['a']!]).toEqual({ ...WAIT, outcome });
    await store.verdicts.put(jobs['a']!, WAIT);
    expect((await store.verdicts.listByTask(id))[jobs['a']!]).toEqual(WAIT);
  });

  it('replaces a hold of the same kind and place, and keeps what was', async () => {
    await store.holds.place(aHold());
    await store.holds.place(aHold());
    await store.holds.place(aHold({ id: 'pin', kind: 'pin', commit: 'c0ffee' }));
    await store.holds.place(aHold({ id: 'env', scope: 'environment', repo: null, name: 'production' }));
    await store.holds.place(aHold({ id: 'hold-2', by: 'bob@example.com', at: minute(2) }));
    expect((await store.holds.active()).map(({ id }) => id)).toEqual(['env', 'pin', 'hold-2']);
    const replaced = await store.holds.release('hold-1', 'carol@example.com', minute(9));
    expect(replaced).toMatchObject({ releasedAt: minute(2), releasedBy: 'bob@example.com' });
    const released = await store.holds.release('env', 'carol@example.com', minute(3));
    expect(released).toMatchObject({ releasedAt: minute(3), releasedBy: 'carol@example.com' });
    expect(await store.holds.release('env', 'dave', minute(4))).toEqual(released);
    await store.holds.place(aHold({ id: 'env', scope: 'environment', repo: null, name: 'production' }));
    expect((await store.holds.active()).map(({ id }) => id)).toEqual(['pin', 'hold-2']);
    await expect(store.holds.release('nothing', 'x', minute(4))).rejects.toMatchObject({
      code: 'hold_not_found',
    });
  });

  it('has one active hold when many are placed at once', async () => {
    await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        store.holds.place(aHold({ id: `hold-${index}`, scope: 'environment', repo: null })),
      ),
    );
    expect(await store.holds.active()).toHaveLength(1);
  });

  it('keeps what a stack was synced to last, and its last twenty heals', async () => {
    const sync = {
      repo: REPO,
      stackKey: 'b',
      commit: 'c1',
      digest: 'd',
      at: minute(1),
      attemptId: 'x',
      heals: [],
    };
    await store.syncs.put(sync);
    const heals = Array.from({ length: 25 }, (_, index) => minute(100 - index));
    await store.syncs.put({ ...sync, commit: 'c2', heals });
    await store.syncs.put({ ...sync, stackKey: 'a' });
    expect(await store.syncs.get(REPO, 'b')).toEqual({
      ...sync,
      commit: 'c2',
      heals: heals.slice(0, 20),
      vouched: 'c2',
    });
    expect((await store.syncs.list(REPO)).map(({ stackKey }) => stackKey)).toEqual(['a', 'b']);
    expect(await store.syncs.get('other', 'b')).toBeUndefined();
  });

  it('queues a task, and lets it run once', async () => {
    const queued = await store.tasks.queue(aNewTask({ kind: 'sync', actor: 'alice' }));
    expect(queued).toMatchObject({ status: 'queued', counts: { total: 0 }, endedAt: null });
    expect(await store.tasks.queue(aNewTask({ kind: 'sync', actor: 'bob' }))).toEqual(queued);
    expect(await store.tasks.active(REPO)).toBeUndefined();
    await expect(store.tasks.discovered(queued.id, 'c', [], minute(1))).rejects.toMatchObject({
      code: 'task_ended',
    });
    const begun = await store.tasks.begin(aNewTask({ id: queued.id, runId: 'run-2', startedAt: minute(5) }));
    expect(begun).toMatchObject({
      status: 'running',
      kind: 'sync',
      actor: 'alice',
      runId: 'run-2',
      startedAt: minute(5),
    });
    expect(await store.tasks.begin(aNewTask({ id: queued.id, runId: 'run-3' }))).toEqual(begun);
    expect(await store.tasks.queue(aNewTask({ id: queued.id }))).toEqual(begun);
    expect((await store.tasks.active(REPO))?.id).toBe(queued.id);
  });

  it('counts a task that waits for people as ended', async () => {
    const { id, jobs } = await aDiscoveredTask(store, ['a'], { kind: 'sync' });
    await planJob(store, jobs['a']!, minute(2));
    const ended = await store.tasks.finish(id, { status: 'awaiting_approval', error: null }, minute(3));
    expect(ended).toMatchObject({
      status: 'awaiting_approval',
      endedAt: minute(3),
      counts: { completed: 1 },
    });
    expect(await store.tasks.active(REPO)).toBeUndefined();
    expect(await store.tasks.finish(id, { status: 'completed', error: null }, minute(4))).toEqual(ended);
    const queued = await store.tasks.queue(aNewTask({ repo: 'other' }));
    await store.tasks.requestCancel(queued.id, minute(5));
    expect(await store.tasks.cancelRequested()).toEqual([]);
    const dropped = await store.tasks.finish(queued.id, { status: 'failed', error: null }, minute(6));
    expect(dropped).toMatchObject({ status: 'failed', cancelRequestedAt: minute(5) });
  });
});

describe.each(storeBackends())('what is kept of evidence on $kind', (backend) => {
  beforeAll(backend.start);
  afterAll(backend.stop);
  let store: Store;
  let nowMs: number;
  beforeEach(async () => {
    nowMs = Date.parse(minute(10_000));
    store = await backend.open(undefined, { now: () => nowMs });
  });

  async function scan(start: number, keys: string[]): Promise<Record<string, string>> {
    const { id, jobs } = await aDiscoveredTask(store, keys, { startedAt: minute(start) });
    for (const key of keys) {
      await planJob(store, jobs[key]!, minute(start + 2));
      const ref = { kind: 'plan_text', digest: `of-${jobs[key]!}`, sizeBytes: 1, encrypted: false } as const;
      await store.artifacts.record(jobs[key]!, [{ ...ref, keyId: null }], minute(start + 2));
    }
    await store.tasks.finish(id, { status: 'completed', error: null }, minute(start + 3));
    return jobs;
  }

  it('keeps jobs of approvals and attempts for 400 days and while they are open, and those of backups for good', async () => {
    const keys = ['live', 'ended', 'attempt', 'open', 'backup', 'nobody'];
    const jobs = await scan(0, keys);
    const approval = (key: string) =>
      store.approvals.present(anApproval({ id: `a-${key}`, stackKey: key, jobId: jobs[key]! }), minute(4));
    await approval('live');
    await approval('ended');
    await store.approvals.end('a-ended', 'withdrawn', minute(5));
    for (const key of ['attempt', 'open'])
      await store.attempts.begin(anAttempt({ id: key, stackKey: key, jobId: jobs[key]! }), {});
    await store.attempts.end('attempt', { status: 'applied', summary: '', error: null }, minute(6));
    const { fence } = await store.attempts.begin(anAttempt({ id: 'b', stackKey: 'backup' }), {});
    await store.attempts.setBackup(
      'b',
      fence,
      aBackup({ stackKey: 'backup', jobId: jobs['backup']!, content: 'state' }),
    );
    await scan(20, keys);
    expect(await store.artifacts.forgetBefore(minute(100), 100)).toEqual({
      jobs: 1,
      tasks: 0,
      unreferenced: [`of-${jobs['nobody']!}`],
    });
    nowMs += 401 * DAY_MS;
    const { jobs: forgotten, unreferenced } = await store.artifacts.forgetBefore(minute(100), 100);
    expect(forgotten).toBe(2);
    expect(unreferenced.toSorted()).toEqual(['ended', 'attempt'].map((key) => `of-${jobs[key]!}`).toSorted());
    expect(await store.attempts.backup('backup-1')).toMatchObject({ content: 'state' });
    expect(await store.jobs.get(jobs['backup']!)).toBeDefined();
    expect(await store.approvals.get('a-ended')).toBeDefined();
  });

  it('never offers the content of a backup for removal, whoever else gave it up', async () => {
    const first = await scan(0, ['a']);
    const { fence } = await store.attempts.begin(anAttempt({ jobId: 'elsewhere' }), {});
    await store.attempts.setBackup(
      'attempt-1',
      fence,
      aBackup({ jobId: 'elsewhere', content: `of-${first['a']!}` }),
    );
    await scan(20, ['a']);
    expect(await store.artifacts.forgetBefore(minute(100), 100)).toMatchObject({ jobs: 1, unreferenced: [] });
  });
});

const [sqlite, postgres] = storeBackends();

describe.each([
  { from: sqlite!, to: postgres! },
  { from: postgres!, to: sqlite! },
])('a backup of $from.kind restored into $to.kind', ({ from, to }) => {
  beforeAll(() => Promise.all([from.start(), to.start()]));
  afterAll(() => Promise.all([from.stop(), to.stop()]));

  it('has approvals, attempts, holds and the audit chain, and goes on with them', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'plumbline-backup-'));
    const file = join(folder, 'plumbline.tar.gz');
    const source = { ...(await from.emptyLocation()), s3: null };
    const target = { ...(await to.emptyLocation()), s3: null };
    const store = await from.open(source);
    await fillControl(store);
    const { tables } = await backupStore(source, file, { at: minute(500) });
    expect(tables).toMatchObject({
      approvals: 1,
      decisions: 1,
      attempts: 1,
      leases: 1,
      backups: 1,
      verdicts: 1,
      holds: 1,
      syncs: 1,
      audit: 250,
      audit_heads: 1,
    });
    await restoreStore(target, file, { force: false, at: minute(501) });
    // Again over the full one: the triggers that keep the audit log must not stand in the way.
    await restoreStore(target, file, { force: true, at: minute(502) });
    const restored = await to.open(target);
    expect(await contentOf(restored)).toEqual(await contentOf(store));
    await restored.audit.append(anEntry());
    expect(await verifyAudit(restored, { verify: () => true, anchors: [] })).toMatchObject({
      ok: true,
      checked: 251,
    });
    await expect(restored.attempts.begin(anAttempt({ id: 'next' }), {})).rejects.toMatchObject({
      code: 'lease_held',
    });
    await rm(folder, { recursive: true });
  });
});

async function fillControl(store: Store): Promise<void> {
  const { jobs } = await aDiscoveredTask(store, ['envs/prod']);
  await store.verdicts.put(jobs['envs/prod']!, WAIT);
  const approval = await anApproved(store, { jobId: jobs['envs/prod']! });
  const { fence } = await store.attempts.begin(anAttempt({ approvalId: approval.id, rule: 'approval' }), {});
  await store.attempts.setBackup('attempt-1', fence, aBackup({ content: `hmac-sha256:${'0'.repeat(64)}` }));
  await store.holds.place(aHold());
  const sync = { repo: REPO, stackKey: 'a', commit: 'c', digest: 'd', attemptId: 'x', heals: [minute(1)] };
  await store.syncs.put({ ...sync, at: minute(1) });
  for (let index = 0; index < 250; index += 1)
    await store.audit.append(anEntry({ reason: `ümlaut ${index}` }));
  const last = (await store.audit.last())!;
  const point = { seq: last.seq, hash: last.hash, at: minute(9) };
  await store.audit.addHead({ ...point, signature: 'x', keyId: 'k', anchor: '' });
}

async function contentOf(store: Store) {
  const approval = await store.approvals.latest(REPO, 'envs/prod');
  return {
    approval,
    decisions: await store.approvals.decisions(approval!.id),
    attempts: await store.attempts.list({ limit: 10 }),
    lease: await store.attempts.lease(REPO, 'envs/prod'),
    backups: await store.attempts.backups(REPO, 'envs/prod', 10),
    verdicts: await store.verdicts.listByTask('my-infra:1772352000000'),
    holds: await store.holds.active(),
    syncs: await store.syncs.list(REPO),
    heads: await store.audit.heads(),
    audit: await store.audit.list({ afterSeq: 0, limit: 1000 }),
  };
}
