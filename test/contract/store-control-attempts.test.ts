import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { errorCode } from '../../src/util/errors.ts';
import { storeBackends } from './store-backends.ts';
import { minute } from './store-builders.ts';
import { aBackup, anApproved, anAttempt, aProcess } from './store-control-builders.ts';

const DONE = { status: 'applied', summary: 'all of it', error: null } as const;
const UNKNOWN = { status: 'unknown', summary: 'the worker is gone', error: null } as const;
const ID = 'my-infra:envs/prod:1';

describe.each(storeBackends())('attempts on $kind', (backend) => {
  beforeAll(backend.start);
  afterAll(backend.stop);
  let store: Store;
  beforeEach(async () => {
    store = await backend.open();
  });

  const begin = (id: string, overrides: Parameters<typeof anAttempt>[0] = {}) =>
    store.attempts.begin(anAttempt({ id, ...overrides }), {});

  it('takes the lease, records the attempt and uses the approval up', async () => {
    await anApproved(store);
    const given = anAttempt({ approvalId: ID, rule: 'approval' });
    const attempt = await store.attempts.begin(given, {});
    expect(attempt).toEqual({
      ...given,
      fence: 1,
      status: 'started',
      tool: null,
      backupId: null,
      endedAt: null,
      summary: '',
      error: null,
    });
    expect(await store.attempts.get('attempt-1')).toEqual(attempt);
    expect(await store.attempts.lease('my-infra', 'envs/prod')).toEqual({
      repo: 'my-infra',
      stackKey: 'envs/prod',
      fence: 1,
      attemptId: 'attempt-1',
      worker: aProcess(),
      takenAt: minute(5),
      renewedAt: minute(5),
    });
    expect(await store.approvals.get(ID)).toMatchObject({ status: 'used', attemptId: 'attempt-1' });
  });

  it('lets one of many begin on a stack, whatever connection they come by', async () => {
    const location = await backend.emptyLocation();
    const stores = await Promise.all([1, 2, 3].map(() => backend.open(location)));
    const begun = await Promise.allSettled(
      Array.from({ length: 12 }, (_, index) =>
        stores[index % 3]!.attempts.begin(anAttempt({ id: `attempt-${index}` }), {}),
      ),
    );
    expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const codes = begun.flatMap((one) => (one.status === 'rejected' ? [errorCode(one.reason)] : []));
    expect(new Set(codes)).toEqual(new Set(['lease_held']));
    expect(await stores[0]!.attempts.list({ limit: 100 })).toHaveLength(1);
  });

  it('lets an approval permit one attempt, however many begin and end at once', async () => {
    const location = await backend.emptyLocation();
    const stores = await Promise.all([1, 2].map(() => backend.open(location)));
    await anApproved(stores[0]!);
    const begun = await Promise.allSettled(
      Array.from({ length: 20 }, async (_, index) => {
        const { attempts } = stores[index % 2]!;
        const id = `attempt-${index}`;
        await attempts.begin(anAttempt({ id, approvalId: ID, rule: 'approval' }), {});
        // Gives the lease back at once, so that the others meet the approval rather than the lease.
        await attempts.end(id, DONE, minute(6));
      }),
    );
    expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(
      stores[0]!.attempts.begin(anAttempt({ id: 'late', approvalId: ID, rule: 'approval' }), {}),
    ).rejects.toMatchObject({ code: 'approval_used', details: { approval: ID } });
    expect(await stores[0]!.attempts.list({ limit: 100 })).toHaveLength(1);
  });

  it('does nothing at all when the approval does not permit it', async () => {
    await anApproved(store);
    await anApproved(store, { stackKey: 'envs/dev' });
    for (const wrong of [{ digest: 'v1:sha256:other' }, { stackKey: 'envs/dev' }, { repo: 'other' }]) {
      await expect(begin('attempt-1', { approvalId: ID, rule: 'approval', ...wrong })).rejects.toMatchObject({
        code: 'approval_not_approved',
      });
    }
    await expect(begin('attempt-1', { approvalId: 'nothing' })).rejects.toMatchObject({
      code: 'approval_not_found',
    });
    expect(await store.attempts.get('attempt-1')).toBeUndefined();
    expect(await store.attempts.lease('my-infra', 'envs/prod')).toBeUndefined();
    expect(await store.approvals.get(ID)).toMatchObject({ status: 'approved', attemptId: null });
    expect(await begin('attempt-1', { approvalId: ID })).toMatchObject({ fence: 1 });
  });

  it('does nothing at all when the time to decide is over as the attempt starts', async () => {
    await anApproved(store, { expiresAt: minute(6) });
    const late = { approvalId: ID, rule: 'approval', startedAt: minute(6) } as const;
    await expect(begin('attempt-1', late)).rejects.toMatchObject({ code: 'approval_expired' });
    expect(await store.attempts.lease('my-infra', 'envs/prod')).toBeUndefined();
    expect((await store.approvals.get(ID))?.status).toBe('approved');
    expect(await begin('attempt-1', { ...late, startedAt: minute(5) })).toMatchObject({ fence: 1 });
  });

  it('never begins the same attempt twice', async () => {
    await begin('attempt-1');
    await expect(begin('attempt-1')).rejects.toMatchObject({ code: 'attempt_exists' });
    await store.attempts.end('attempt-1', DONE, minute(6));
    await expect(begin('attempt-1')).rejects.toMatchObject({
      code: 'attempt_exists',
      details: { status: 'applied' },
    });
  });

  it('gives every attempt on a stack a greater fence, and stacks do not wait for each other', async () => {
    const fences: number[] = [];
    for (let index = 0; index < 5; index += 1) {
      fences.push((await begin(`attempt-${index}`)).fence);
      await store.attempts.end(`attempt-${index}`, DONE, minute(6));
    }
    expect(fences).toEqual([1, 2, 3, 4, 5]);
    expect((await begin('mine')).fence).toBe(6);
    expect((await begin('other', { stackKey: 'envs/dev' })).fence).toBe(1);
    await expect(begin('again')).rejects.toMatchObject({
      code: 'lease_held',
      details: { lease: { attemptId: 'mine', fence: 6, worker: aProcess() }, status: 'started' },
    });
  });

  it('refuses a stack of another branch of the same entry, and says whose attempt is at work', async () => {
    const first = await begin('mine');
    const branch = { repo: 'my-infra@x' };
    await expect(begin('branch', branch)).rejects.toMatchObject({
      code: 'lease_held',
      message: expect.stringContaining('works on my-infra/envs/prod since') as string,
      details: { lease: { attemptId: 'mine' }, status: 'started' },
    });
    expect((await store.attempts.lease('my-infra@x', 'envs/prod'))?.attemptId).toBe('mine');
    expect((await begin('another', { repo: 'my-infra2' })).fence).toBe(1);
    await store.attempts.end('mine', DONE, minute(6));
    const { fence } = await begin('branch', branch);
    expect(fence).toBe(first.fence + 1);
    await store.attempts.renew('branch', fence, minute(9));
    expect((await store.attempts.lease('my-infra', 'envs/prod'))?.renewedAt).toBe(minute(9));
    await store.attempts.end('branch', UNKNOWN, minute(10));
    await expect(begin('late')).rejects.toMatchObject({
      message: expect.stringContaining('the last attempt on my-infra@x/envs/prod is unknown') as string,
    });
    await store.attempts.settle('branch', DONE, minute(11));
    expect(await store.attempts.lease('my-infra', 'envs/prod')).toBeUndefined();
    expect(await begin('late')).toMatchObject({ fence: fence + 1 });
  });

  it('lets one of many begin on a stack, whatever branches of the entry they are of', async () => {
    const location = await backend.emptyLocation();
    const stores = await Promise.all([1, 2].map(() => backend.open(location)));
    const begun = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) => {
        const repo = index % 3 === 0 ? 'my-infra' : `my-infra@${index % 3}`;
        return stores[index % 2]!.attempts.begin(anAttempt({ id: `attempt-${index}`, repo }), {});
      }),
    );
    expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const codes = begun.flatMap((one) => (one.status === 'rejected' ? [errorCode(one.reason)] : []));
    expect(new Set(codes)).toEqual(new Set(['lease_held']));
  });

  it('notes the tool, the backup and signs of life while the lease is held', async () => {
    const { fence } = await begin('attempt-1');
    const tool = aProcess({ pid: 5000 });
    await store.attempts.setTool('attempt-1', fence, tool, minute(6));
    await store.attempts.setBackup('attempt-1', fence, aBackup());
    await store.attempts.setBackup('attempt-1', fence, aBackup());
    await store.attempts.renew('attempt-1', fence, minute(9));
    await store.attempts.renew('attempt-1', fence, minute(8));
    expect(await store.attempts.get('attempt-1')).toMatchObject({ tool, backupId: 'backup-1' });
    expect((await store.attempts.lease('my-infra', 'envs/prod'))?.renewedAt).toBe(minute(9));
    expect(await store.attempts.backup('backup-1')).toEqual(aBackup());
    expect(await store.attempts.backups('my-infra', 'envs/prod', 10)).toEqual([aBackup()]);
    await store.attempts.setTool('attempt-1', fence, null, minute(10));
    expect((await store.attempts.get('attempt-1'))?.tool).toBeNull();
  });

  it('refuses the holder of a lost lease everything', async () => {
    const old = await begin('old');
    await store.attempts.end('old', UNKNOWN, minute(6));
    const taken = await store.attempts.begin(anAttempt({ id: 'new' }), { overUnknown: true });
    expect(taken.fence).toBeGreaterThan(old.fence);
    const lost = { code: 'lease_lost' };
    await expect(store.attempts.renew('old', old.fence, minute(7))).rejects.toMatchObject(lost);
    await expect(store.attempts.renew('old', taken.fence, minute(7))).rejects.toMatchObject(lost);
    await expect(store.attempts.setTool('old', old.fence, aProcess(), minute(7))).rejects.toMatchObject(lost);
    await expect(store.attempts.setBackup('old', old.fence, aBackup())).rejects.toMatchObject(lost);
    expect(await store.attempts.backup('backup-1')).toBeUndefined();
    await store.attempts.settle('old', { status: 'applied', summary: 'it was' }, minute(8));
    expect((await store.attempts.lease('my-infra', 'envs/prod'))?.attemptId).toBe('new');
    await store.attempts.end('new', DONE, minute(9));
    await expect(store.attempts.renew('new', taken.fence, minute(10))).rejects.toMatchObject(lost);
  });

  it('blocks the stack after an unknown end until more is known', async () => {
    await begin('attempt-1');
    const ended = await store.attempts.end('attempt-1', UNKNOWN, minute(6));
    expect(ended).toMatchObject({ status: 'unknown', summary: 'the worker is gone', endedAt: minute(6) });
    await expect(begin('attempt-2')).rejects.toMatchObject({
      code: 'lease_held',
      details: { status: 'unknown' },
      message: expect.stringContaining('unknown') as string,
    });
    expect((await store.attempts.open()).map(({ id }) => id)).toEqual(['attempt-1']);
    const late = await store.attempts.end('attempt-1', DONE, minute(7));
    expect(late).toEqual(ended);
    const runs = await store.attempts.settle(
      'attempt-1',
      { status: 'started', summary: 'it runs' },
      minute(8),
    );
    expect(runs).toMatchObject({ status: 'started', endedAt: null });
    await store.attempts.end('attempt-1', UNKNOWN, minute(9));
    const still = await store.attempts.settle(
      'attempt-1',
      { status: 'unknown', summary: 'no state' },
      minute(10),
    );
    expect(still).toMatchObject({ status: 'unknown', summary: 'no state' });
    expect(await store.attempts.lease('my-infra', 'envs/prod')).toBeDefined();
    const settled = await store.attempts.settle(
      'attempt-1',
      { status: 'partial', summary: 'half' },
      minute(11),
    );
    expect(settled).toMatchObject({ status: 'partial', summary: 'half', endedAt: minute(11) });
    expect(await store.attempts.open()).toEqual([]);
    expect((await begin('attempt-2')).fence).toBe(2);
  });

  it('never takes a lease over from an attempt that may still run', async () => {
    await begin('attempt-1');
    await expect(store.attempts.begin(anAttempt({ id: 'new' }), { overUnknown: true })).rejects.toMatchObject(
      {
        code: 'lease_held',
      },
    );
  });

  it('keeps the first end, with its error', async () => {
    await begin('attempt-1');
    const error = { code: 'apply_failed', message: 'quota' };
    const ended = await store.attempts.end(
      'attempt-1',
      { status: 'failed', summary: 'no', error },
      minute(6),
    );
    expect(ended).toMatchObject({ status: 'failed', error });
    expect(await store.attempts.end('attempt-1', DONE, minute(7))).toEqual(ended);
    expect(await store.attempts.settle('attempt-1', DONE, minute(7))).toEqual(ended);
    await expect(store.attempts.end('nothing', DONE, minute(7))).rejects.toMatchObject({
      code: 'attempt_not_found',
    });
  });

  it('lists emergencies of a time, and nothing that somebody has approved', async () => {
    const emergency = { by: 'bob@example.com', reason: 'the site is down' };
    const glass = { rule: 'break_glass', emergency } as const;
    await begin('before', { ...glass, stackKey: 'a', startedAt: minute(1) });
    await begin('first', { ...glass, stackKey: 'b', startedAt: minute(2) });
    await begin('by policy', { stackKey: 'c', startedAt: minute(3) });
    await begin('of another', { ...glass, repo: 'other', stackKey: 'd', startedAt: minute(3) });
    await begin('last', { ...glass, stackKey: 'e', startedAt: minute(4) });
    await begin('after', { ...glass, stackKey: 'f', startedAt: minute(5) });
    const within = { from: minute(2), to: minute(4) };
    const all = await store.attempts.emergencies(within);
    expect(all.map(({ id }) => id)).toEqual(['last', 'of another', 'first']);
    expect(all[0]).toMatchObject({ emergency });
    const own = await store.attempts.emergencies({ repo: 'my-infra', ...within });
    expect(own.map(({ id }) => id)).toEqual(['last', 'first']);
  });

  it('lists the newest first, by repo, stack and task; the open ones oldest first', async () => {
    await begin('a', { stackKey: 'a', startedAt: minute(1) });
    await begin('b', { stackKey: 'b', startedAt: minute(2), taskId: 'my-infra:2' });
    await begin('c', { stackKey: 'c', startedAt: minute(3), repo: 'other' });
    const ids = async (query: object) =>
      (await store.attempts.list({ limit: 10, ...query })).map(({ id }) => id);
    expect(await ids({})).toEqual(['c', 'b', 'a']);
    expect(await ids({ limit: 1 })).toEqual(['c']);
    expect(await ids({ repo: 'my-infra' })).toEqual(['b', 'a']);
    expect(await ids({ repo: 'my-infra', stackKey: 'a' })).toEqual(['a']);
    expect(await ids({ taskId: 'my-infra:2' })).toEqual(['b']);
    expect((await store.attempts.open()).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });
});
