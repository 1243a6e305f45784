import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StackPolicy } from '../../src/domain/stack.ts';
import { aGatePlan, type GateBench, openGateBench } from '../support/gate-bench.ts';
import { approvedPlan, publishPolicy } from '../support/gate-policy.ts';

let bench: GateBench;
beforeEach(async () => {
  bench = await openGateBench();
  await publishPolicy(bench);
  bench.history.push();
});
afterEach(() => bench.close());

/** What the repository says of the stack from now on. */
const say = async (policy: Omit<StackPolicy, 'from'>): Promise<void> => {
  const { key, path, kind, workspace, dependsOn } = (await bench.store.stacks.get('infra', 'envs/prod'))!;
  const from = 'Application argocd/shop';
  const stack = { key, path, kind, workspace, dependsOn, policy: { from, ...policy } };
  await bench.store.stacks.discovered('infra', [stack], { complete: true });
};

describe('the gate, and what a repository says of its stacks', () => {
  it('refuses what has come to be suspended there, though people have approved it', async () => {
    const planned = await approvedPlan(bench);
    await say({ suspended: true });
    expect((await bench.apply(planned)).refused).toBe('suspended_in_git');
  });

  it('leaves to people what the repository leaves to them, where the environment asks nobody', async () => {
    const automated = { prune: true, selfHeal: true, allowEmpty: true };
    await publishPolicy(bench, { automated, approvals: { required: 0, destroys: false } });
    const planned = await bench.plan(aGatePlan(), { trigger: 'schedule' });
    expect(await bench.decide(planned)).toMatchObject({ kind: 'apply', rule: 'policy' });
    await say({ automated: null });
    expect((await bench.apply(planned)).refused).toBe('definition_not_automated');
    const { kind, reasons } = await bench.decide(planned);
    expect(kind).toBe('wait');
    expect(reasons.map(({ code }) => code)).toEqual(['definition_not_automated']);
    expect(await bench.present(planned)).toMatchObject({ status: 'waiting', requirement: { required: 1 } });
  });
});
