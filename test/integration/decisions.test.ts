import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { anEnvironment } from '../support/environments.ts';
import { aGatePlan, type GateBench, openGateBench } from '../support/gate-bench.ts';
import { publishedSettings } from '../support/workers.ts';

const DAY_MS = 24 * 3_600_000;
const REF = { repo: 'infra', key: 'envs/prod' };
let bench: GateBench;

beforeEach(async () => {
  bench = await openGateBench();
  const environments = [anEnvironment('production', { approvals: { required: 1 } })];
  await bench.publish(publishedSettings([bench.repo], { environments }));
  bench.history.push();
  const planned = await bench.plan(aGatePlan());
  await bench.decide(planned);
  await bench.present(planned);
  await bench.endTask(planned);
});
afterEach(() => bench.close());

const status = async () => (await bench.latest())?.status;

describe('a decision that is taken back', () => {
  it('falls whichever of their names a person speaks under', async () => {
    expect(await bench.say('alice@example.com', 'approve', { aliases: ['alice'] })).toBeNull();
    expect(await status()).toBe('approved');
    bench.clock.ms += 1_000;
    expect(await bench.say('alice', 'withdraw', { aliases: ['alice@example.com'] })).toBeNull();
    expect(await status()).toBe('waiting');
    const [decision] = await bench.store.approvals.decisions((await bench.latest())!.id);
    expect(decision).toMatchObject({ by: 'alice@example.com', withdrawnAt: bench.deps.now().toISOString() });
    expect((await bench.store.audit.last())?.action).toBe('decision.withdrawn');
  });

  it('is not that of somebody else, and not taken back twice', async () => {
    await bench.say('alice@example.com');
    expect(await bench.say('bob@example.com', 'withdraw')).toBe('nothing_to_withdraw');
    expect(await bench.say('alice@example.com', 'withdraw')).toBeNull();
    expect(await bench.say('alice@example.com', 'withdraw')).toBe('nothing_to_withdraw');
    expect(await status()).toBe('waiting');
  });

  it('is refused, and that is on record, once the apply has begun or the approval has ended', async () => {
    const planned = await bench.plan(aGatePlan());
    await bench.present(planned);
    await bench.say('alice@example.com');
    await bench.decide(planned);
    expect(await bench.apply(planned)).toMatchObject({ refused: null });
    expect(await status()).toBe('used');
    expect(await bench.say('alice@example.com', 'withdraw')).toBe('not_waiting');
    expect(await bench.store.audit.last()).toMatchObject({ action: 'decision.refused', result: 'refused' });
    expect(await status()).toBe('used');
  });
});

describe('a rejection', () => {
  it('blocks beyond the time to decide, until it is withdrawn', async () => {
    await bench.say('alice@example.com', 'reject');
    bench.clock.ms += 30 * DAY_MS;
    const facts = await bench.steps.loadApproval(REF);
    expect(facts).toMatchObject({ open: true, wake_in_ms: null });
    await bench.steps.approvalDue(REF);
    expect(await status()).toBe('rejected');
    const again = await bench.plan(aGatePlan());
    expect(await bench.decide(again)).toMatchObject({ kind: 'blocked', reasons: [{ code: 'rejected' }] });
    await bench.present(again);
    expect(await status()).toBe('rejected');
    expect(await bench.say('alice@example.com', 'withdraw')).toBeNull();
    // Only now the time counts again, and it is over.
    bench.clock.ms += 1_000;
    expect(await bench.say('alice@example.com')).toBe('expired');
    await bench.steps.approvalDue(REF);
    expect(await status()).toBe('expired');
  });
});
