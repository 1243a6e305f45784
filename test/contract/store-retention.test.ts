import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { storeBackends } from './store-backends.ts';
import { aDiscoveredTask, aStack, minute, planJob } from './store-builders.ts';
import { aBackup, anAttempt } from './store-control-builders.ts';

const REPO = 'my-infra';
const FAILED = { code: 'init_failed', message: 'no' };
const HOUR_MS = 3_600_000;

describe.each(storeBackends())('retention on $kind', (backend) => {
  beforeAll(backend.start);
  afterAll(backend.stop);
  let store: Store;
  let nowMs: number;
  beforeEach(async () => {
    nowMs = Date.parse(minute(10_000));
    store = await backend.open(undefined, { now: () => nowMs });
  });

  /** A scan that has ended, with one artifact for each of its jobs. */
  async function scan(start: number, keys: string[], content: (key: string) => string) {
    const task = await aDiscoveredTask(store, keys, { startedAt: minute(start) });
    for (const key of keys) {
      await planJob(store, task.jobs[key]!, minute(start + 2));
      const ref = { kind: 'plan_text', digest: content(key), sizeBytes: 1, encrypted: false } as const;
      await store.artifacts.record(task.jobs[key]!, [{ ...ref, keyId: null }], minute(start + 2));
    }
    await store.events.append([
      { taskId: task.id, stackKey: null, kind: 'log', message: 'x', at: minute(start) },
    ]);
    await store.tasks.finish(task.id, { status: 'completed', error: null }, minute(start + 3));
    return task;
  }

  it('forgets old jobs, tasks, events and plans, and never the last job of a stack', async () => {
    const old = await scan(0, ['a', 'b'], (key) => `old-${key}`);
    const last = await scan(10, ['a'], () => 'last-a');
    const forgotten = await store.artifacts.forgetBefore(minute(100), 100);
    expect(forgotten).toEqual({ jobs: 1, tasks: 0, unreferenced: ['old-a'] });
    expect(await store.jobs.get(old.jobs['a']!)).toBeUndefined();
    expect(await store.plans.get(old.jobs['a']!)).toBeUndefined();
    expect(await store.artifacts.find(old.jobs['a']!, 'plan_text')).toBeUndefined();
    for (const kept of [old.jobs['b']!, last.jobs['a']!]) {
      expect(await store.jobs.get(kept)).toBeDefined();
      expect(await store.plans.get(kept)).toBeDefined();
      expect(await store.artifacts.find(kept, 'plan_text')).toBeDefined();
    }
    expect((await store.tasks.get(old.id))?.counts.total).toBe(2);
    expect(await store.events.list(old.id, 0, 10)).toEqual([]);
  });

  it('knows content that no job and no backup refers to', async () => {
    const { jobs } = await scan(0, ['a'], () => 'of-a-job');
    const attempt = await store.attempts.begin(anAttempt({ jobId: jobs['a']!, stackKey: 'a' }), {});
    const backup = aBackup({
      jobId: jobs['a']!,
      stackKey: 'a',
      attemptId: attempt.id,
      content: 'of-a-backup',
    });
    await store.attempts.setBackup(attempt.id, attempt.fence, backup);
    const many = Array.from({ length: 1200 }, (_, index) => `of-nobody-${index}`);
    const asked = ['of-a-job', ...many, 'of-a-backup'];
    expect((await store.artifacts.unreferenced(asked)).toSorted()).toEqual(many.toSorted());
    expect(await store.artifacts.unreferenced([])).toEqual([]);
  });

  it('forgets a task with its last job, and everything of a stack that is gone', async () => {
    const old = await scan(0, ['a'], () => 'old');
    await store.stacks.discovered(REPO, [aStack({ key: 'other' })], { complete: true });
    const forgotten = await store.artifacts.forgetBefore(minute(100), 100);
    expect(forgotten).toEqual({ jobs: 1, tasks: 1, unreferenced: ['old'] });
    expect(await store.tasks.get(old.id)).toBeUndefined();
  });

  it('forgets the stacks of repos that are no longer watched, and then what was kept for them', async () => {
    const old = await scan(0, ['a'], () => 'old');
    await store.stacks.discovered('other', [aStack({ key: 'b' })], { complete: true });
    expect(await store.stacks.forgetOtherRepos([REPO, 'other'])).toBe(0);
    expect((await store.artifacts.forgetBefore(minute(100), 100)).jobs).toBe(0);
    expect(await store.stacks.forgetOtherRepos(['other'])).toBe(1);
    expect((await store.stacks.list()).map(({ repo }) => repo)).toEqual(['other']);
    const forgotten = await store.artifacts.forgetBefore(minute(100), 100);
    expect(forgotten).toEqual({ jobs: 1, tasks: 1, unreferenced: ['old'] });
    expect(await store.jobs.get(old.jobs['a']!)).toBeUndefined();
  });

  it('keeps the newest plan of a stack whose later scans failed', async () => {
    const planned = await scan(0, ['a'], () => 'good');
    for (const start of [10, 20]) {
      const failed = await aDiscoveredTask(store, ['a'], { startedAt: minute(start) });
      await store.jobs.fail(failed.jobs['a']!, 'errored', FAILED, minute(start + 2));
      await store.tasks.finish(failed.id, { status: 'failed', error: FAILED }, minute(start + 3));
    }
    const forgotten = await store.artifacts.forgetBefore(minute(100), 100);
    expect(forgotten).toMatchObject({ jobs: 1, tasks: 1, unreferenced: [] });
    expect((await store.plans.latest(REPO, 'a'))?.jobId).toBe(planned.jobs['a']);
    expect(await store.stacks.get(REPO, 'a')).toMatchObject({ status: 'errored', scannedAt: minute(22) });
  });

  it('leaves running tasks and what is newer than the limit alone', async () => {
    await scan(0, ['a'], () => 'first');
    const running = await aDiscoveredTask(store, ['a'], { startedAt: minute(10) });
    await planJob(store, running.jobs['a']!, minute(12));
    await scan(20, ['a'], () => 'later');
    expect(await store.artifacts.forgetBefore(minute(3), 100)).toEqual({
      jobs: 0,
      tasks: 0,
      unreferenced: [],
    });
    const { jobs } = await store.artifacts.forgetBefore(minute(100), 100);
    expect(jobs).toBe(1);
    expect(await store.jobs.get(running.jobs['a']!)).toBeDefined();
  });

  it('forgets lines of tools after a day already, and not those of a task that runs', async () => {
    const ended = await scan(0, ['a'], () => 'x');
    const running = await aDiscoveredTask(store, ['b'], { startedAt: minute(1) });
    const young = new Date(nowMs - HOUR_MS).toISOString();
    const event = { stackKey: null, message: 'x' };
    await store.events.append([
      { ...event, taskId: ended.id, kind: 'progress', at: minute(1) },
      { ...event, taskId: ended.id, kind: 'log', at: young },
      { ...event, taskId: running.id, kind: 'log', at: minute(1) },
    ]);
    await store.artifacts.forgetBefore(minute(0), 100);
    const left = async (id: string) => (await store.events.list(id, 0, 10)).map(({ kind, at }) => [kind, at]);
    expect(await left(ended.id)).toEqual([
      ['progress', minute(1)],
      ['log', young],
    ]);
    expect(await left(running.id)).toEqual([['log', minute(1)]]);
  });

  it('works in steps of the limit until nothing is left', async () => {
    for (let index = 0; index < 5; index += 1) await scan(index * 10, ['a'], () => `content-${index}`);
    const steps = [];
    for (;;) {
      const step = await store.artifacts.forgetBefore(minute(100), 2);
      if (step.jobs + step.tasks === 0) break;
      steps.push([step.jobs, step.tasks, step.unreferenced.length]);
    }
    expect(steps).toEqual([
      [2, 2, 2],
      [2, 2, 2],
    ]);
  });

  it('gives content up only when nothing refers to it', async () => {
    await scan(0, ['a'], () => 'shared');
    await scan(10, ['a'], () => 'shared');
    await scan(20, ['a'], () => 'own');
    expect((await store.artifacts.forgetBefore(minute(5), 100)).unreferenced).toEqual([]);
    expect((await store.artifacts.forgetBefore(minute(100), 100)).unreferenced).toEqual(['shared']);
  });

  it('offers content again for two days, in case its remover died, unless it is used again', async () => {
    await scan(0, ['a'], (key) => `old-${key}`);
    const last = await scan(10, ['a'], () => 'last');
    const offered = async () => (await store.artifacts.forgetBefore(minute(100), 100)).unreferenced;
    expect(await offered()).toEqual(['old-a']);
    expect(await offered()).toEqual([]);
    nowMs += 2 * HOUR_MS;
    expect(await offered()).toEqual(['old-a']);
    nowMs += 2 * HOUR_MS;
    const again = { kind: 'log', digest: 'old-a', sizeBytes: 1, encrypted: false } as const;
    await store.artifacts.record(last.jobs['a']!, [{ ...again, keyId: null }], minute(200));
    expect(await offered()).toEqual([]);
  });

  it('stops offering after two days', async () => {
    await scan(0, ['a'], () => 'old');
    await scan(10, ['a'], () => 'last');
    await store.artifacts.forgetBefore(minute(100), 100);
    nowMs += 49 * HOUR_MS;
    expect((await store.artifacts.forgetBefore(minute(100), 100)).unreferenced).toEqual([]);
  });

  it('keeps what a job had of a kind when more is recorded, and finds the newest', async () => {
    const { jobs } = await aDiscoveredTask(store, ['a']);
    const ref = { kind: 'state', digest: 'hmac-sha256:1', sizeBytes: 7, encrypted: true } as const;
    const newer = { ...ref, digest: 'hmac-sha256:2', keyId: 'key-2' };
    await store.artifacts.record(jobs['a']!, [{ ...ref, keyId: 'key-1' }], minute(2));
    await store.artifacts.record(jobs['a']!, [newer], minute(3));
    expect(await store.artifacts.find(jobs['a']!, 'state')).toEqual({
      ...ref,
      jobId: jobs['a'],
      digest: 'hmac-sha256:2',
      keyId: 'key-2',
      createdAt: minute(3),
    });
    expect(await store.artifacts.unreferenced([ref.digest, newer.digest, 'nobody'])).toEqual(['nobody']);
  });
});
