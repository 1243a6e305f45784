import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '../../src/domain/person.ts';
import { aGatePlan, type GateBench, openGateBench, type Planned } from '../support/gate-bench.ts';
import { publishPolicy, rolesOf } from '../support/gate-policy.ts';

const ROOT = 'root@example.com';
const HOUR_MS = 3_600_000;
let bench: GateBench;

beforeEach(async () => {
  bench = await openGateBench();
  await publish('admin');
  bench.history.push();
  bench.clock.ms += 1_000;
});
afterEach(() => bench.close());

const publish = (role: Role) => publishPolicy(bench, {}, { roles: rolesOf(ROOT, role) });

async function ordered(at = bench.clock.ms): Promise<Planned> {
  const task = { repo: 'infra', taskId: bench.nextTaskId() };
  const emergency = bench.signer.emergency(task, ROOT, { at: new Date(at).toISOString() });
  return await bench.plan(aGatePlan(), { emergency });
}

describe('an emergency', () => {
  it('goes past approvals while its order is young and its role is there', async () => {
    const planned = await ordered();
    bench.clock.ms += 3 * HOUR_MS;
    expect(await bench.decide(planned)).toMatchObject({ kind: 'apply', rule: 'break_glass' });
    expect(await bench.apply(planned)).toMatchObject({ attempt: { rule: 'break_glass' } });
  });

  it('is none any more once the config has taken the role', async () => {
    const planned = await ordered();
    expect(await bench.decide(planned)).toMatchObject({ kind: 'apply', rule: 'break_glass' });
    const loses = async () => {
      bench.clock.ms += 1_000;
      await publish('operator');
    };
    expect(await bench.apply(planned, { meanwhile: loses })).toMatchObject({ refused: 'approval_required' });
    expect((await bench.decide(planned)).kind).toBe('wait');
  });

  it('is none any more when it has waited for too long, and none before its time', async () => {
    const planned = await ordered();
    expect(await bench.decide(planned)).toMatchObject({ kind: 'apply' });
    bench.clock.ms += 5 * HOUR_MS;
    expect(await bench.apply(planned)).toMatchObject({ refused: 'approval_required' });
    await bench.endTask(planned);
    expect((await bench.decide(await ordered(bench.clock.ms + HOUR_MS))).kind).toBe('wait');
  });
});
