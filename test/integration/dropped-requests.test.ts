import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRequestSteps } from '../../src/activities/request-steps.ts';
import type { RepoRequest } from '../../src/workflows/inputs.ts';
import { aGatePlan, type GateBench, openGateBench } from '../support/gate-bench.ts';
import { publishPolicy } from '../support/gate-policy.ts';

const PROD = 'envs/prod';
const ALICE = 'alice@example.com';

let bench: GateBench;
beforeEach(async () => {
  bench = await openGateBench();
  await publishPolicy(bench);
  bench.history.push();
  const asked = await bench.plan(aGatePlan());
  await bench.decide(asked);
  await bench.present(asked);
  await bench.endTask(asked);
});
afterEach(() => bench.close());

const reasons = async () =>
  (await bench.store.audit.list({ repo: 'infra', afterSeq: 0, limit: 99 })).flatMap(({ action, reason }) =>
    action === 'request.dropped' ? [reason] : [],
  );

/** What becomes of the sync that an approval asks for, when the approval is taken back before its turn. */
async function takenBack(): Promise<RepoRequest[]> {
  expect(await bench.say(ALICE)).toBeNull();
  const { commit } = (await bench.latest())!;
  expect(await bench.say(ALICE, 'withdraw')).toBeNull();
  return [{ kind: 'sync', stacks: [PROD], agreed: [PROD], commit, trigger: 'approval' }];
}

const next = (queue: RepoRequest[]) => createRequestSteps(bench.deps).nextRequest({ repo: 'infra', queue });

describe('a request that is dropped with its approval', () => {
  it('stands on record once, however often the step is tried again', async () => {
    const queue = await takenBack();
    const { store } = bench;
    // What comes after it in the queue fails the first try.
    const get = () => Promise.reject(new Error('The disk is full.'));
    const failing = { ...bench.deps, store: { ...store, tasks: { ...store.tasks, get } } };
    const more: RepoRequest[] = [...queue, { kind: 'sync', task_id: 'infra:9' }];
    await expect(createRequestSteps(failing).nextRequest({ repo: 'infra', queue: more })).rejects.toThrow(
      'The disk is full.',
    );
    expect(await next(more)).toMatchObject({ next: { task_id: 'infra:9' }, rest: [] });
    expect(await reasons()).toEqual(['What people said of it was taken back.']);
  });

  it('stands on record again when people approve it again, and take that back', async () => {
    for (let times = 0; times < 2; times += 1) {
      bench.clock.ms += 1_000;
      expect(await next(await takenBack())).toEqual({ next: null, rest: [] });
    }
    expect(await reasons()).toHaveLength(2);
  });
});
