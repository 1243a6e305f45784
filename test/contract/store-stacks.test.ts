import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PublishedSettings } from '../../src/domain/settings.ts';
import { ADDED_SETTINGS } from '../../src/domain/stored-settings.ts';
import type { Store } from '../../src/store/store.ts';
import { storeBackends } from './store-backends.ts';
import { aDiscoveredTask, aDriftedPlan, aNewTask, aPlan, aStack, minute, planJob } from './store-builders.ts';

const REPO = 'my-infra';
const TIMEOUT = { code: 'tool_timeout', message: 'It took too long.' };

describe.each(storeBackends())('stacks, plans, configs and events on $kind', (backend) => {
  beforeAll(backend.start);
  afterAll(backend.stop);
  let store: Store;
  beforeEach(async () => {
    store = await backend.open();
  });

  it('knows discovered stacks, sorted by code point, and forgets those that are gone', async () => {
    const stacks = ['b', 'a', 'B', 'a@dev', 'ä'].map((key) => aStack({ key }));
    await store.stacks.discovered(REPO, stacks, { complete: true });
    await store.stacks.discovered('apps', [aStack({ key: 'web' })], { complete: true });
    expect((await store.stacks.list()).map((stack) => stack.key)).toEqual([
      'web',
      'B',
      'a',
      'a@dev',
      'b',
      'ä',
    ]);
    await store.stacks.discovered(REPO, [aStack({ key: 'c' })], { complete: false });
    await store.stacks.discovered(REPO, [aStack({ key: 'a', dependsOn: ['c'] })], { complete: true });
    expect(await store.stacks.list(REPO)).toMatchObject([
      { key: 'a', dependsOn: ['c'], status: 'unknown', scannedAt: null, drift: 0 },
    ]);
    expect(await store.stacks.list('apps')).toHaveLength(1);
  });

  it('keeps stacks that are named when it forgets the others', async () => {
    await store.stacks.discovered(
      REPO,
      ['a', 'b', 'c'].map((key) => aStack({ key })),
      { complete: false },
    );
    await store.stacks.discovered(REPO, [aStack({ key: 'a' })], { complete: true, kept: ['c', 'never'] });
    expect((await store.stacks.list(REPO)).map(({ key }) => key)).toEqual(['a', 'c']);
  });

  it('gives back what only the driver understands', async () => {
    const stack = aStack({ settings: { version: '1.11.4' } });
    await store.stacks.discovered(REPO, [stack], { complete: false });
    expect(await store.stacks.get(REPO, stack.key)).toMatchObject(stack);
    expect(await store.stacks.get(REPO, 'nowhere')).toBeUndefined();
  });

  it('knows what its commit does not have of what a stack needs, until it is discovered otherwise', async () => {
    const stack = aStack({ unknownNeeds: ['net', 'db'] });
    await store.stacks.discovered(REPO, [stack], { complete: false });
    expect(await store.stacks.get(REPO, stack.key)).toMatchObject(stack);
    await store.stacks.discovered(REPO, [aStack()], { complete: false });
    expect(await store.stacks.get(REPO, stack.key)).not.toHaveProperty('unknownNeeds');
  });

  it('knows what the repository says of how a stack is kept, until it says otherwise', async () => {
    const policy = { from: 'Application argocd/shop (apps/shop.yaml:1)', automated: null, suspended: true };
    const stack = aStack({ policy });
    await store.stacks.discovered(REPO, [stack], { complete: false });
    expect(await store.stacks.get(REPO, stack.key)).toMatchObject(stack);
    await store.stacks.discovered(REPO, [aStack()], { complete: false });
    expect(await store.stacks.get(REPO, stack.key)).not.toHaveProperty('policy');
  });

  it('keeps a result when its stack is discovered again', async () => {
    const { jobs } = await aDiscoveredTask(store, ['a']);
    await planJob(store, jobs['a']!, minute(2), aDriftedPlan());
    await store.stacks.discovered(REPO, [aStack({ key: 'a', path: 'moved' })], { complete: true });
    expect(await store.stacks.get(REPO, 'a')).toMatchObject({ path: 'moved', status: 'drifted', drift: 2 });
  });

  it('keeps since when there has been drift, through failed scans too, until it ends', async () => {
    const results = [
      [aDriftedPlan(), minute(2), minute(2)],
      [aDriftedPlan({ status: 'drifted_and_pending' }), minute(12), minute(2)],
      ['failed', minute(22), null],
      [aDriftedPlan(), minute(32), minute(2)],
      [aPlan(), minute(42), null],
      [aDriftedPlan(), minute(52), minute(52)],
    ] as const;
    for (const [index, [result, at, since]] of results.entries()) {
      const { jobs } = await aDiscoveredTask(store, ['a'], { startedAt: minute(index * 10) });
      if (result === 'failed') await store.jobs.fail(jobs['a']!, 'errored', TIMEOUT, at);
      else await planJob(store, jobs['a']!, at, result);
      expect((await store.stacks.get(REPO, 'a'))?.driftedSince).toBe(since);
    }
  });

  it('shows a failed scan without the numbers of an earlier one', async () => {
    const first = await aDiscoveredTask(store, ['a', 'b']);
    await planJob(store, first.jobs['a']!, minute(2), aDriftedPlan());
    const second = await aDiscoveredTask(store, ['a', 'b'], { startedAt: minute(10) });
    await store.jobs.fail(second.jobs['a']!, 'errored', TIMEOUT, minute(12));
    await store.stacks.failed(REPO, 'b', second.jobs['b']!, 'c0ffee', 'unknown', TIMEOUT, minute(12));
    expect(await store.stacks.list(REPO)).toMatchObject([
      { key: 'a', status: 'errored', drift: 0, severity: null, digest: null, error: TIMEOUT },
      { key: 'b', status: 'unknown', jobId: second.jobs['b'], scannedAt: minute(12), error: TIMEOUT },
    ]);
  });

  it('never lets an older scan replace a newer result, even when the older one ends later', async () => {
    const older = await aDiscoveredTask(store, ['a']);
    const newer = await aDiscoveredTask(store, ['a'], { startedAt: minute(10) });
    await planJob(store, newer.jobs['a']!, minute(12));
    await planJob(store, older.jobs['a']!, minute(30), aDriftedPlan());
    expect(await store.stacks.get(REPO, 'a')).toMatchObject({ status: 'in_sync', jobId: newer.jobs['a'] });
    await store.stacks.failed(REPO, 'a', older.jobs['a']!, 'c', 'errored', TIMEOUT, minute(31));
    expect((await store.stacks.get(REPO, 'a'))?.error).toBeNull();
  });

  it('keeps what is pending when a repair at an older commit than its task found out about drift', async () => {
    const scan = await aDiscoveredTask(store, ['a']);
    await planJob(
      store,
      scan.jobs['a']!,
      minute(2),
      aPlan({ status: 'pending', pending: 3, severity: 'high' }),
    );
    const repair = await store.tasks.begin(aNewTask({ kind: 'reconcile', startedAt: minute(5) }));
    const job = { id: 'my-infra:a:2', stack: aStack({ key: 'a' }), queue: 'stacks', commit: '01de12' };
    await store.tasks.discovered(repair.id, 'c0ffee', [job], minute(6));
    expect(await store.jobs.get(job.id)).toMatchObject({ commit: '01de12' });
    await planJob(store, job.id, minute(7), aDriftedPlan());
    expect(await store.stacks.get(REPO, 'a')).toMatchObject({
      status: 'drifted_and_pending',
      drift: 2,
      pending: 3,
      commit: '01de12',
    });
    await store.stacks.applied(REPO, 'a', job.id, 'in_sync');
    expect(await store.stacks.get(REPO, 'a')).toMatchObject({ status: 'pending', drift: 0, pending: 3 });
  });

  it('says whether there are stacks that a task has no job for', async () => {
    const some = await aDiscoveredTask(store, ['a', 'b']);
    expect(await store.stacks.anyOutside(REPO, some.id)).toBe(false);
    await store.stacks.discovered(REPO, [aStack({ key: 'c' })], { complete: false });
    expect(await store.stacks.anyOutside(REPO, some.id)).toBe(true);
    await store.stacks.discovered('apps', [aStack({ key: 'web' })], { complete: false });
    const all = await aDiscoveredTask(store, ['a', 'b', 'c'], { startedAt: minute(10) });
    expect(await store.stacks.anyOutside(REPO, all.id)).toBe(false);
  });

  it('says of a plan that is not whole what is missing, in its job too, and never takes it for all there is', async () => {
    const problems = [{ address: 'web.yaml:3', code: 'config_invalid', message: 'it has no kind' }];
    const basis = { resources: 2, emptied: false, mockOutputs: false, problems };
    const plan = aPlan({ status: 'errored', drift: 1, basis });
    const scan = await aDiscoveredTask(store, ['a']);
    await planJob(store, scan.jobs['a']!, minute(2), plan);
    const error = { code: 'plan_incomplete', message: expect.stringContaining('web.yaml:3: it has no kind') };
    expect(await store.stacks.get(REPO, 'a')).toMatchObject({ status: 'errored', drift: 1, error });
    expect(await store.jobs.get(scan.jobs['a']!)).toMatchObject({ status: 'completed', error });
    const repair = await store.tasks.begin(aNewTask({ kind: 'reconcile', startedAt: minute(5) }));
    const job = { id: 'my-infra:a:2', stack: aStack({ key: 'a' }), queue: 'stacks', commit: '01de12' };
    await store.tasks.discovered(repair.id, 'c0ffee', [job], minute(6));
    await planJob(store, job.id, minute(7), plan);
    expect(await store.stacks.get(REPO, 'a')).toMatchObject({ status: 'errored', error });
  });

  it('refuses a result for a stack and job that nobody knows', async () => {
    await expect(
      store.stacks.failed(REPO, 'a', 'my-infra:a:1', 'c', 'errored', TIMEOUT, minute(1)),
    ).rejects.toMatchObject({ code: 'stack_not_found' });
    await expect(planJob(store, 'my-infra:a:1', minute(1))).rejects.toMatchObject({ code: 'job_not_found' });
  });

  it('counts stacks per repo by status and severity', async () => {
    const { jobs } = await aDiscoveredTask(store, ['a', 'b', 'c']);
    await planJob(store, jobs['a']!, minute(2), aDriftedPlan({ severity: 'critical', pending: 3 }));
    await planJob(store, jobs['b']!, minute(3));
    await store.stacks.discovered('apps', [aStack({ key: 'web' })], { complete: true });
    expect(await store.stacks.countsByRepo()).toMatchObject([
      { repo: 'apps', total: 1, byStatus: { unknown: 1 }, scannedAt: null },
      {
        repo: REPO,
        total: 3,
        byStatus: { in_sync: 1, drifted: 1, pending: 0, drifted_and_pending: 0, errored: 0, unknown: 1 },
        bySeverity: { critical: 1, high: 0, medium: 0, low: 0 },
        drift: 2,
        pending: 3,
        scannedAt: minute(3),
      },
    ]);
  });

  it('saves a plan once, with its artifacts and last events, and finds it by job, stack and task', async () => {
    const { id, jobs } = await aDiscoveredTask(store, ['b', 'envs/prod']);
    const text = { kind: 'plan_text', digest: 'sha256:00', sizeBytes: 3, encrypted: false } as const;
    const raw = { kind: 'plan_json_raw', digest: 'hmac-sha256:1', sizeBytes: 9, encrypted: true } as const;
    const plan = aPlan({
      warnings: ['first'],
      stateLock: { id: '1', who: 'ci@host', operation: 'OperationTypeApply', created: '' },
      artifacts: [text, raw],
      basis: { resources: 3, emptied: false, mockOutputs: true },
    });
    const contents = [
      { ...text, keyId: null },
      { ...raw, keyId: 'key-1' },
    ];
    const last = { taskId: id, stackKey: 'envs/prod', kind: 'log', message: 'done', at: minute(2) } as const;
    const jobId = jobs['envs/prod']!;
    await store.jobs.complete(jobId, { plan, contents, events: [last] }, minute(2));
    await store.jobs.complete(jobId, { plan: aDriftedPlan(), contents: [], events: [last] }, minute(3));
    await planJob(store, jobs['b']!, minute(2));
    const { drift: _drift, pending: _pending, ...shown } = plan;
    const where = { jobId, repo: REPO, stackKey: 'envs/prod', commit: 'c0ffee', createdAt: minute(2) };
    const saved = { ...shown, ...where };
    expect(await store.plans.get(jobId)).toEqual(saved);
    expect(await store.stacks.get(REPO, 'envs/prod')).toMatchObject({
      status: 'in_sync',
      scannedAt: minute(2),
    });
    expect(await store.artifacts.find(jobId, 'plan_json_raw')).toMatchObject({ ...raw, keyId: 'key-1' });
    expect(await store.events.list(id, 0, 10)).toMatchObject([last]);
    expect(await store.plans.latest(REPO, 'envs/prod')).toEqual(saved);
    expect((await store.plans.listByTask(id)).map((plan) => plan.stackKey)).toEqual(['b', 'envs/prod']);
    expect(await store.plans.get('my-infra:x:1')).toBeUndefined();
  });

  it('shows the newest plan of a stack when a later scan failed', async () => {
    const first = await aDiscoveredTask(store, ['a']);
    await planJob(store, first.jobs['a']!, minute(2));
    const second = await aDiscoveredTask(store, ['a'], { startedAt: minute(10) });
    await store.jobs.fail(second.jobs['a']!, 'errored', TIMEOUT, minute(12));
    expect((await store.plans.latest(REPO, 'a'))?.jobId).toBe(first.jobs['a']);
  });

  it('numbers configs, and gives equal settings one number whatever the order of their keys', async () => {
    const settings = (value: object) => value as PublishedSettings;
    expect(await store.configs.latest()).toBeUndefined();
    expect(await store.configs.publish(settings({ gitAllowLocal: true, repos: [] }), minute(0))).toBe(1);
    expect(await store.configs.publish(settings({ repos: [], gitAllowLocal: true }), minute(1))).toBe(1);
    expect(await store.configs.publish(settings({ repos: [], gitAllowLocal: false }), minute(2))).toBe(2);
    expect(await store.configs.publish(settings({ repos: [], gitAllowLocal: true }), minute(3))).toBe(3);
    expect(await store.configs.get(2)).toEqual({ ...ADDED_SETTINGS, repos: [], gitAllowLocal: false });
    expect(await store.configs.get(9)).toBeUndefined();
    expect((await store.configs.latest())?.version).toBe(3);
    const localAt = async (at: string) => (await store.configs.inForceAt(at))?.gitAllowLocal;
    expect(await Promise.all([-1, 0, 1, 2, 3, 9].map((at) => localAt(minute(at))))).toEqual([
      undefined,
      true,
      true,
      false,
      true,
      true,
    ]);
  });

  it('gives processes that publish at once different numbers for different settings', async () => {
    const versions = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        store.configs.publish({ gitAllowLocal: index } as unknown as PublishedSettings, minute(index)),
      ),
    );
    expect(new Set(versions).size).toBe(8);
    expect(Math.max(...versions)).toBe(8);
  });

  it('keeps the order of events and continues after a number', async () => {
    const { id } = await aDiscoveredTask(store, []);
    const event = (message: string) =>
      ({ taskId: id, stackKey: null, kind: 'log', message, at: minute(1) }) as const;
    await store.events.append([]);
    await store.events.append([event('one'), event('two\0')]);
    await Promise.all(['three', 'four', 'five'].map((message) => store.events.append([event(message)])));
    const all = await store.events.list(id, 0, 100);
    expect(all.map((one) => one.message).slice(0, 2)).toEqual(['one', 'two\uFFFD']);
    expect(all.map((one) => one.seq)).toEqual(all.map((one) => one.seq).sort((a, b) => a - b));
    expect((await store.events.list(id, all[2]!.seq, 1))[0]).toEqual(all[3]);
  });
});
