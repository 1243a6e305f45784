import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Metrics } from '../../src/util/metrics.ts';
import { aGatePlan, type GateBench, openGateBench } from '../support/gate-bench.ts';
import { publishPolicy } from '../support/gate-policy.ts';

const ALICE = 'alice@example.com';
const BOB = 'bob@example.com';
let bench: GateBench;

beforeEach(async () => {
  bench = await openGateBench();
  await publishPolicy(bench);
  bench.history.push();
  const planned = await bench.plan(aGatePlan());
  await bench.decide(planned);
  await bench.present(planned);
  await bench.endTask(planned);
});
afterEach(() => bench.close());

async function counted(): Promise<string | undefined> {
  const text = await (bench.deps.metrics as Metrics).registry.metrics();
  return /gitops_approval_time_seconds_count\{[^}]*\} (\d+)/.exec(text)?.[1];
}

describe('the time that an approval took', () => {
  it('is counted once, whoever approves besides, or takes a word back and gives it again', async () => {
    expect(await bench.say(ALICE)).toBeNull();
    expect(await counted()).toBe('1');
    expect(await bench.say(BOB)).toBeNull();
    expect(await counted()).toBe('1');
    for (const by of [ALICE, BOB]) expect(await bench.say(by, 'withdraw')).toBeNull();
    expect((await bench.latest())?.status).toBe('waiting');
    bench.clock.ms += 1_000;
    expect(await bench.say(ALICE)).toBeNull();
    expect((await bench.latest())?.status).toBe('approved');
    expect(await counted()).toBe('1');
  });

  it('is counted when the rejection that it waited for is taken back', async () => {
    expect(await bench.say(BOB, 'reject')).toBeNull();
    expect(await bench.say(ALICE)).toBeNull();
    expect(await counted()).toBeUndefined();
    expect(await bench.say(BOB, 'withdraw')).toBeNull();
    expect((await bench.latest())?.status).toBe('approved');
    expect(await counted()).toBe('1');
  });
});
