import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wakeApprovals } from '../../src/activities/wake-approvals.ts';
import { withdrawNeedless } from '../../src/activities/withdraw-needless.ts';
import type { ApplyStackResult } from '../../src/workflows/inputs.ts';
import { anEnvironment } from '../support/environments.ts';
import { aGatePlan, type GateBench, openGateBench, type Planned } from '../support/gate-bench.ts';
import { publishedSettings } from '../support/workers.ts';

const PRODUCTION = anEnvironment('production', { approvals: { required: 1 } });
const APPLIED: ApplyStackResult = {
  status: 'applied',
  attempt_id: null,
  digest: null,
  error_code: null,
  message: '',
};

let bench: GateBench;
let older: string;
beforeEach(async () => {
  bench = await openGateBench();
  await bench.publish(publishedSettings([bench.repo], { environments: [PRODUCTION] }));
  older = bench.history.push();
  bench.history.push();
});
afterEach(() => bench.close());

/** A plan of the newest commit, unless the request says otherwise, that waits for people. */
async function asked(request: Parameters<GateBench['plan']>[1] = {}): Promise<Planned> {
  const planned = await bench.plan(aGatePlan(), request);
  expect((await bench.decide(planned)).kind).toBe('wait');
  await bench.present(planned);
  await bench.endTask(planned);
  return planned;
}
const status = async () => (await bench.latest())?.status;

describe('an apply of another plan', () => {
  const applied = async (request: Parameters<GateBench['plan']>[1] = {}) => {
    const planned = await bench.plan(aGatePlan({ digest: 'v1:sha256:two' }), request);
    await wakeApprovals(bench.deps, bench.inputOf(planned), APPLIED);
  };

  it('leaves the approval of a newer commit where it was a repair at an older one', async () => {
    await asked();
    await applied({ kind: 'reconcile', commit: older });
    expect(await status()).toBe('waiting');
  });

  it('leaves an approval that goes back', async () => {
    await asked({ kind: 'rollback', commit: older });
    await applied();
    expect(await status()).toBe('waiting');
  });

  it('withdraws the approval where it was a sync of the same commit, or of a newer one', async () => {
    await asked();
    await applied();
    expect(await status()).toBe('withdrawn');
    await asked();
    bench.history.push();
    await applied();
    expect(await status()).toBe('withdrawn');
  });
});

describe('the end of a task', () => {
  /** A task that planned the stack after its environment had left the config. */
  async function planAfterwards(): Promise<Planned> {
    const shop = { ...PRODUCTION, name: 'shop', sources: [{ repo: null, ref: null, paths: ['envs/prod'] }] };
    await bench.publish(publishedSettings([bench.repo], { environments: [shop] }));
    await asked();
    await bench.publish(publishedSettings([bench.repo], { environments: [PRODUCTION] }));
    return await bench.plan(aGatePlan(), { kind: 'sync' });
  }

  it('withdraws what its own stacks no longer need, and nothing else', async () => {
    const { task } = await planAfterwards();
    await withdrawNeedless(bench.deps, { ...task, id: 'infra:1' });
    expect(await status()).toBe('waiting');
    await withdrawNeedless(bench.deps, task);
    expect(await status()).toBe('withdrawn');
  });

  it('is not kept back by a store that fails', async () => {
    const { task } = await planAfterwards();
    const fails = () => Promise.reject(new Error('The disk is full.'));
    const { store } = bench;
    const list = { ...store, approvals: { ...store.approvals, list: fails } };
    await withdrawNeedless({ ...bench.deps, store: list }, task);
    const end = { ...store, approvals: { ...store.approvals, end: fails } };
    await withdrawNeedless({ ...bench.deps, store: end }, task);
    expect(await status()).toBe('waiting');
  });

  it('is not kept back by a server that does not answer', async () => {
    const { task } = await planAfterwards();
    const temporal = { ...bench.deps.temporal, present: () => new Promise<void>(() => undefined) };
    await withdrawNeedless({ ...bench.deps, temporal }, task, 1_000);
    expect(await status()).toBe('withdrawn');
  });
});
