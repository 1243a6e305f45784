import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STACK_STATUSES } from '../../src/domain/stack.ts';
import type { TaskCounts } from '../../src/domain/task.ts';
import { countsOfJobs } from '../../src/domain/task-counts.ts';
import type { Store } from '../../src/store/store.ts';
import { storeBackends } from './store-backends.ts';
import { aDiscoveredTask, aPlan, minute } from './store-builders.ts';

const KEYS = ['a', 'b', 'c'];
const ERROR = { code: 'plan_failed', message: 'no' };

const operation = fc.oneof(
  fc.record({ act: fc.constant('start' as const), key: fc.constantFrom(...KEYS) }),
  fc.record({
    act: fc.constant('complete' as const),
    key: fc.constantFrom(...KEYS),
    outcome: fc.constantFrom(...STACK_STATUSES),
  }),
  fc.record({
    act: fc.constant('fail' as const),
    key: fc.constantFrom(...KEYS),
    outcome: fc.constantFrom('errored' as const, 'unknown' as const),
  }),
  fc.record({ act: fc.constant('finish' as const) }),
  fc.record({ act: fc.constant('discover again' as const) }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

interface ModelJob {
  status: 'pending' | 'running' | 'completed' | 'failed';
  outcome: string | null;
}

describe.each(storeBackends())('counts on $kind', (backend) => {
  beforeAll(backend.start);
  afterAll(backend.stop);

  it('add up after any sequence of operations, and are those of a plain model', async () => {
    const store = await backend.open();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 12 }), async (operations) => {
        run += 1;
        const { id, jobs } = await aDiscoveredTask(store, KEYS, { repo: `repo-${run}` });
        const model = newModel();
        for (const [index, one] of operations.entries()) {
          await perform(store, id, jobs, one, minute(index + 2));
          applyToModel(model, one);
          const counts = (await store.tasks.get(id))!.counts;
          expect(counts.total).toBe(counts.queued + counts.running + counts.completed + counts.failed);
          expect(counts).toEqual(countsOf(model));
          // Who may see all of a task sees the same as who sees each part of it.
          expect(countsOfJobs(await store.jobs.outlines([id]))).toEqual(counts);
        }
      }),
      { numRuns: 25 },
    );
  });
});

async function perform(
  store: Store,
  id: string,
  jobs: Record<string, string>,
  one: Operation,
  at: string,
): Promise<void> {
  switch (one.act) {
    case 'start':
      await store.jobs.start(jobs[one.key]!, 'worker', at);
      break;
    case 'complete': {
      const plan = aPlan({ status: one.outcome, drift: 1 });
      await store.jobs.complete(jobs[one.key]!, { plan, contents: [], events: [] }, at);
      break;
    }
    case 'fail':
      await store.jobs.fail(jobs[one.key]!, one.outcome, ERROR, at);
      break;
    case 'finish':
      await store.tasks.finish(id, { status: 'failed', error: ERROR }, at);
      break;
    case 'discover again':
      await store.tasks.discovered(id, 'other', [], at);
      break;
  }
}

function newModel(): Map<string, ModelJob> {
  return new Map(KEYS.map((key) => [key, { status: 'pending', outcome: null }]));
}

function applyToModel(model: Map<string, ModelJob>, one: Operation): void {
  const open = (job: ModelJob) => job.status === 'pending' || job.status === 'running';
  if (one.act === 'finish') {
    for (const [key, job] of model) if (open(job)) model.set(key, { status: 'failed', outcome: 'unknown' });
    return;
  }
  if (one.act === 'discover again' || !open(model.get(one.key)!)) return;
  if (one.act === 'start') model.set(one.key, { status: 'running', outcome: null });
  else if (one.act === 'complete') model.set(one.key, { status: 'completed', outcome: one.outcome });
  else model.set(one.key, { status: 'failed', outcome: one.outcome });
}

function countsOf(model: Map<string, ModelJob>): TaskCounts {
  const count = (matches: (job: ModelJob) => boolean) => [...model.values()].filter(matches).length;
  const outcome = (...outcomes: string[]) => count((job) => outcomes.includes(job.outcome ?? ''));
  return {
    total: model.size,
    queued: count((job) => job.status === 'pending'),
    running: count((job) => job.status === 'running'),
    completed: count((job) => job.status === 'completed'),
    failed: count((job) => job.status === 'failed'),
    drifted: outcome('drifted', 'pending', 'drifted_and_pending'),
    errored: outcome('errored'),
    liveDrifted: outcome('drifted', 'drifted_and_pending'),
    pending: outcome('pending', 'drifted_and_pending'),
  };
}
