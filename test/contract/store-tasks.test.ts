import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { storeBackends } from './store-backends.ts';
import { aDiscoveredTask, aDriftedPlan, aNewTask, aPlan, aStack, minute, planJob } from './store-builders.ts';

const LOST = { code: 'temporal_lost', message: 'The workflow is gone.' };

describe.each(storeBackends())('tasks and jobs on $kind', (backend) => {
  beforeAll(backend.start);
  afterAll(backend.stop);
  let store: Store;
  beforeEach(async () => {
    store = await backend.open();
  });

  it('says which database it is, and that it answers', async () => {
    expect(store.kind).toBe(backend.kind);
    await store.ping();
  });

  it('begins a task once, however often it is asked to', async () => {
    const first = await store.tasks.begin(aNewTask({ actor: 'alice' }));
    const again = await store.tasks.begin(aNewTask({ actor: 'someone else' }));
    expect(again).toEqual(first);
    expect(first).toMatchObject({
      id: 'my-infra:1772352000000',
      status: 'running',
      commit: '',
      actor: 'alice',
      discoveredAt: null,
      endedAt: null,
      error: null,
      counts: { total: 0, queued: 0, running: 0, completed: 0, failed: 0, drifted: 0, errored: 0 },
    });
  });

  it('lets a voucher count for one task, also where that was queued before', async () => {
    const vouched = async (number: number, vouchers?: readonly string[]) =>
      (
        await store.tasks.begin(
          aNewTask({ id: `my-infra:${number}`, ...(vouchers === undefined ? {} : { vouchers }) }),
        )
      ).vouched;
    expect(await vouched(1)).toBeUndefined();
    expect(await vouched(2, [])).toBe(false);
    await store.tasks.queue(aNewTask({ id: 'my-infra:3' }));
    expect(await vouched(3, ['one', 'two'])).toBe(true);
    expect(await vouched(3, ['one', 'two'])).toBe(true);
    expect(await vouched(4, ['two'])).toBe(false);
    expect(await vouched(5, ['three', 'one'])).toBe(false);
    expect(await vouched(6, ['three'])).toBe(true);
    expect((await store.tasks.get('my-infra:3'))?.vouched).toBe(true);
  });

  it('keeps the jobs of the first discovery when it is repeated', async () => {
    const { id, jobs } = await aDiscoveredTask(store, ['b', 'a']);
    await store.tasks.discovered(id, 'other', [{ id: 'x:y:1', stack: aStack(), queue: 'q' }], minute(9));
    const task = await store.tasks.get(id);
    expect(task).toMatchObject({
      commit: 'c0ffee',
      discoveredAt: minute(1),
      counts: { total: 2, queued: 2 },
    });
    const listed = await store.jobs.listByTask(id, { afterOrdinal: -1, limit: 10 });
    expect(listed.map((job) => [job.id, job.ordinal, job.status, job.commit])).toEqual([
      [jobs['b'], 0, 'pending', 'c0ffee'],
      [jobs['a'], 1, 'pending', 'c0ffee'],
    ]);
  });

  it('knows the commits whose stacks were found, each of its own repo', async () => {
    const { id } = await store.tasks.begin(aNewTask());
    const { repo } = (await store.tasks.get(id))!;
    expect(await store.tasks.hasCommit(repo, 'c0ffee')).toBe(false);
    await store.tasks.discovered(id, 'c0ffee', [], minute(1));
    expect(await store.tasks.hasCommit(repo, 'c0ffee')).toBe(true);
    expect(await store.tasks.hasCommit(repo, 'c0ff')).toBe(false);
    expect(await store.tasks.hasCommit('other', 'c0ffee')).toBe(false);
    await store.tasks.begin(aNewTask({ id: 'my-infra:2' }));
    expect(await store.tasks.hasCommit(repo, '')).toBe(false);
  });

  it('keeps whether the commit was named beside the newest', async () => {
    const { id } = await store.tasks.begin(aNewTask());
    await store.tasks.discovered(id, 'c0ffee', [], minute(1), { aside: true });
    await store.tasks.finish(id, { status: 'completed', error: null }, minute(2));
    expect(await store.tasks.get(id)).toMatchObject({ commit: 'c0ffee', aside: true });
    const other = await store.tasks.begin(aNewTask({ id: 'my-infra:2' }));
    await store.tasks.discovered(other.id, 'c0ffee', [], minute(3), { aside: false });
    expect((await store.tasks.get(other.id))?.aside).toBeUndefined();
  });

  it('keeps what started the first of the tasks that led to it', async () => {
    const { id } = await store.tasks.begin(aNewTask({ trigger: 'approval', firstTrigger: 'push' }));
    expect(await store.tasks.get(id)).toMatchObject({ trigger: 'approval', firstTrigger: 'push' });
    const other = await store.tasks.begin(aNewTask({ id: 'my-infra:2' }));
    expect(other.firstTrigger).toBeUndefined();
  });

  it('refuses jobs for a task that it does not know or that has ended', async () => {
    await expect(store.tasks.discovered('r:1', 'c', [], minute(1))).rejects.toMatchObject({
      code: 'task_not_found',
    });
    const task = await store.tasks.begin(aNewTask());
    await store.tasks.finish(task.id, { status: 'failed', error: LOST }, minute(1));
    await expect(store.tasks.discovered(task.id, 'c', [], minute(2))).rejects.toMatchObject({
      code: 'task_ended',
    });
  });

  it('derives the counts of driftd, and tells live drift from pending changes', async () => {
    const { id, jobs } = await aDiscoveredTask(store, ['a', 'b', 'c', 'd', 'e', 'f', 'g']);
    await planJob(store, jobs['a']!, minute(2));
    await planJob(store, jobs['b']!, minute(2), aDriftedPlan());
    await planJob(store, jobs['c']!, minute(2), aPlan({ status: 'pending', pending: 1 }));
    await planJob(store, jobs['d']!, minute(2), aDriftedPlan({ status: 'drifted_and_pending', pending: 1 }));
    await store.jobs.fail(jobs['e']!, 'errored', { code: 'init_failed', message: 'no' }, minute(2));
    await store.jobs.start(jobs['f']!, 'worker-1', minute(2));
    expect((await store.tasks.get(id))?.counts).toEqual({
      total: 7,
      queued: 1,
      running: 1,
      completed: 4,
      failed: 1,
      drifted: 3,
      errored: 1,
      liveDrifted: 2,
      pending: 2,
    });
  });

  it('keeps the final counts, fails what did not end, and stays ended', async () => {
    const { id, jobs } = await aDiscoveredTask(store, ['a', 'b']);
    await planJob(store, jobs['a']!, minute(2), aDriftedPlan());
    const ended = await store.tasks.finish(id, { status: 'failed', error: LOST }, minute(3));
    expect(ended).toMatchObject({
      status: 'failed',
      endedAt: minute(3),
      error: LOST,
      counts: { total: 2, queued: 0, running: 0, completed: 1, failed: 1, drifted: 1, errored: 0 },
    });
    expect(await store.jobs.get(jobs['b']!)).toMatchObject({
      status: 'failed',
      outcome: 'unknown',
      endedAt: minute(3),
      error: LOST,
    });
    const again = await store.tasks.finish(id, { status: 'completed', error: null }, minute(9));
    expect(again).toEqual(ended);
    await planJob(store, jobs['b']!, minute(4), aDriftedPlan());
    expect(await store.tasks.get(id)).toEqual(ended);
  });

  it('calls a stack unknown whose plan had begun when the task ended, and leaves the others as they are', async () => {
    const first = await aDiscoveredTask(store, ['begun', 'waiting']);
    for (const key of ['begun', 'waiting']) await planJob(store, first.jobs[key]!, minute(2), aDriftedPlan());
    await store.tasks.finish(first.id, { status: 'completed', error: null }, minute(3));
    const { id, jobs } = await aDiscoveredTask(store, ['begun', 'waiting'], { startedAt: minute(10) });
    await store.jobs.start(jobs['begun']!, 'worker-1', minute(12));
    await store.tasks.finish(id, { status: 'failed', error: LOST }, minute(13));
    const stacks = await store.stacks.list('my-infra');
    expect(stacks.map(({ key, status, drift, jobId, error }) => [key, status, drift, jobId, error])).toEqual([
      ['begun', 'unknown', 0, jobs['begun'], LOST],
      ['waiting', 'drifted', 2, first.jobs['waiting'], null],
    ]);
  });

  it('fails a task that waits, and no other', async () => {
    const queued = await store.tasks.queue(aNewTask({ kind: 'sync' }));
    const begun = await store.tasks.begin(aNewTask({ startedAt: minute(1) }));
    expect((await store.tasks.queued()).map(({ id }) => id)).toEqual([queued.id]);
    const failed = await store.tasks.failQueued(queued.id, LOST, minute(2));
    expect(failed).toMatchObject({ status: 'failed', endedAt: minute(2), error: LOST });
    expect(await store.tasks.failQueued(queued.id, { code: 'x', message: 'y' }, minute(3))).toEqual(failed);
    expect(await store.tasks.failQueued(begun.id, LOST, minute(2))).toEqual(begun);
    expect(await store.tasks.queued()).toEqual([]);
    await expect(store.tasks.failQueued('r:1', LOST, minute(2))).rejects.toMatchObject({
      code: 'task_not_found',
    });
  });

  it('gives a job that did not end the reason `internal` when the task has none', async () => {
    const { id, jobs } = await aDiscoveredTask(store, ['a']);
    await store.tasks.finish(id, { status: 'completed', error: null }, minute(3));
    expect((await store.jobs.get(jobs['a']!))?.error?.code).toBe('internal');
  });

  it('counts attempts, keeps the first start, and leaves a job that has ended alone', async () => {
    const { jobs } = await aDiscoveredTask(store, ['a']);
    const id = jobs['a']!;
    expect(await store.jobs.start(id, 'worker-1', minute(2))).toBe(1);
    expect(await store.jobs.start(id, 'worker-2', minute(3))).toBe(2);
    expect(await store.jobs.get(id)).toMatchObject({
      status: 'running',
      attempts: 2,
      worker: 'worker-2',
      startedAt: minute(2),
    });
    await store.jobs.fail(id, 'errored', { code: 'plan_failed', message: 'first' }, minute(4));
    expect(await store.jobs.start(id, 'worker-3', minute(5))).toBe(2);
    await store.jobs.fail(id, 'unknown', { code: 'internal', message: 'second' }, minute(6));
    await store.jobs.complete(id, { plan: aPlan(), contents: [], events: [] }, minute(7));
    expect(await store.plans.get(id)).toBeUndefined();
    expect(await store.jobs.get(id)).toMatchObject({
      status: 'failed',
      outcome: 'errored',
      worker: 'worker-2',
      endedAt: minute(4),
      error: { code: 'plan_failed', message: 'first' },
    });
  });

  it('says so when a job is not known', async () => {
    const unknown = { code: 'job_not_found' };
    expect(await store.jobs.get('r:s:1')).toBeUndefined();
    await expect(store.jobs.start('r:s:1', 'w', minute(1))).rejects.toMatchObject(unknown);
    await expect(
      store.jobs.fail('r:s:1', 'errored', { code: 'x', message: 'y' }, minute(1)),
    ).rejects.toMatchObject(unknown);
  });

  it('finds the running task of a repo, those to be cancelled, and the newest of each repo', async () => {
    const old = await store.tasks.begin(aNewTask());
    await store.tasks.finish(old.id, { status: 'completed', error: null }, minute(1));
    expect(await store.tasks.active('my-infra')).toBeUndefined();
    const mine = await store.tasks.begin(aNewTask({ startedAt: minute(2) }));
    const other = await store.tasks.begin(aNewTask({ repo: 'apps', startedAt: minute(3) }));
    expect((await store.tasks.active('my-infra'))?.id).toBe(mine.id);
    expect((await store.tasks.running()).map((task) => task.id)).toEqual([mine.id, other.id]);
    await store.tasks.requestCancel(other.id, minute(4));
    await store.tasks.requestCancel(other.id, minute(5));
    await store.tasks.requestCancel(old.id, minute(5));
    expect(await store.tasks.cancelRequested()).toEqual([other.id]);
    expect((await store.tasks.get(other.id))?.cancelRequestedAt).toBe(minute(4));
    expect((await store.tasks.latestByRepo()).map((task) => task.id)).toEqual([other.id, mine.id]);
  });

  it('lists tasks and jobs newest first, in pages', async () => {
    for (const start of [0, 10, 20]) await aDiscoveredTask(store, ['a', 'b'], { startedAt: minute(start) });
    const first = await store.tasks.list({ repo: 'my-infra', limit: 2 });
    expect(first.map((task) => task.startedAt)).toEqual([minute(20), minute(10)]);
    const rest = await store.tasks.list({ limit: 2, before: first[1]!.startedAt });
    expect(rest.map((task) => task.startedAt)).toEqual([minute(0)]);
    expect((await store.jobs.listByRepo('my-infra', 3)).map((job) => job.createdAt)).toEqual([
      minute(21),
      minute(21),
      minute(11),
    ]);
    expect((await store.jobs.listByStack('my-infra', 'a', 2)).map((job) => job.createdAt)).toEqual([
      minute(21),
      minute(11),
    ]);
  });

  it('hands out the unfinished jobs after a cursor', async () => {
    const { id, jobs } = await aDiscoveredTask(store, ['a', 'b', 'c', 'd']);
    await planJob(store, jobs['c']!, minute(2));
    const page = await store.jobs.listByTask(id, { afterOrdinal: 0, limit: 2, unfinishedOnly: true });
    expect(page.map((job) => job.stackKey)).toEqual(['b', 'd']);
  });

  it('takes any text that a tool may print', async () => {
    const { jobs } = await aDiscoveredTask(store, ['a']);
    const message = 'it\u0000s "broken" — ümlaut 🙂 \\u0000 {}';
    await store.jobs.fail(jobs['a']!, 'errored', { code: 'plan_failed', message }, minute(2));
    expect((await store.jobs.get(jobs['a']!))?.error?.message).toBe(message.replace('\0', '\uFFFD'));
  });

  it('refuses what is not a time', async () => {
    await expect(store.tasks.begin(aNewTask({ id: 'r:1', startedAt: 'soon' }))).rejects.toMatchObject({
      code: 'time_invalid',
    });
  });
});
