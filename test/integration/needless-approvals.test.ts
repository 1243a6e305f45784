import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wakeApprovals } from '../../src/activities/wake-approvals.ts';
import type { ActivityDeps } from '../../src/activities/deps.ts';
import { settleApprovals } from '../../src/activities/settle-approvals.ts';
import type { ApplyStackResult } from '../../src/workflows/inputs.ts';
import { anEnvironment } from '../support/environments.ts';
import { aGatePlan, type GateBench, openGateBench, type Planned } from '../support/gate-bench.ts';
import { approvedPlan } from '../support/gate-policy.ts';
import { publishedSettings } from '../support/workers.ts';

const PRODUCTION = anEnvironment('production', { approvals: { required: 1 } });
/** A task that planned the newest commit. */
const ENDED = { newest: true, dryRun: false, cancelled: false };
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
    await settleApprovals(bench.deps, { ...task, id: 'infra:1' }, ENDED);
    expect(await status()).toBe('waiting');
    await settleApprovals(bench.deps, task, ENDED);
    expect(await status()).toBe('withdrawn');
  });

  it('is not kept back by a store that fails', async () => {
    const { task } = await planAfterwards();
    const fails = () => Promise.reject(new Error('The disk is full.'));
    const { store } = bench;
    const list = { ...store, approvals: { ...store.approvals, list: fails } };
    await settleApprovals({ ...bench.deps, store: list }, task, ENDED);
    const end = { ...store, approvals: { ...store.approvals, end: fails } };
    await settleApprovals({ ...bench.deps, store: end }, task, ENDED);
    expect(await status()).toBe('waiting');
  });

  it('is not kept back by a server that does not answer', async () => {
    const { task } = await planAfterwards();
    const temporal = { ...bench.deps.temporal, present: () => new Promise<void>(() => undefined) };
    await settleApprovals({ ...bench.deps, temporal }, task, ENDED, 1_000);
    expect(await status()).toBe('withdrawn');
  });
  describe('with an approval that a newer commit has overtaken', () => {
    /** Its task, with another store of approvals and the warnings that were logged. */
    async function endOvertaken(list: () => Promise<never>, patienceMs?: number): Promise<string[]> {
      const planned = await approvedPlan(bench);
      bench.history.push({ by: 'dave@example.com' });
      expect((await bench.decide(planned)).kind).toBe('blocked');
      const { store, deps } = bench;
      const warned: string[] = [];
      const log = Object.assign(Object.create(deps.log) as ActivityDeps['log'], {
        warn: (_: object, message: string) => warned.push(message),
      });
      const failing = { ...store, approvals: { ...store.approvals, list } };
      await settleApprovals({ ...deps, log, store: failing }, planned.task, ENDED, patienceMs);
      return warned;
    }

    it('dismisses it also where nothing could be withdrawn, and says that in words that fit both', async () => {
      const warned = await endOvertaken(() => Promise.reject(new Error('The disk is full.')));
      expect(warned).toEqual(['Approvals could not be withdrawn or dismissed as a task ended']);
      expect(await status()).toBe('dismissed');
    });

    it('begins nothing more once its time is over: there is one for all that it does', async () => {
      await endOvertaken(() => new Promise<never>(() => undefined), 100);
      expect(await status()).toBe('approved');
    });
  });
});
